// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The multicast MAC addresses somebody set on a netdev by hand (ip maddr add), by its number.
std::map<int, std::vector<Mac>> multicast_addresses();

/// The same from the text of /proc/net/dev_mcast. Lines that are none are left out.
std::map<int, std::vector<Mac>> parse_multicast_addresses(std::string_view text);

/// Throws Error; one that is there already, or is not there, is no failure.
void add_multicast_address(const std::string& netdev, const Mac& mac);
void remove_multicast_address(const std::string& netdev, const Mac& mac);

} // namespace vifplug
