// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "system/host_messages.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The routes through a gateway that the kernel learned from routers, by the netdev's name. Netlink does not tell them
/// from others: RTF_ADDRCONF is seen in /proc/net/ipv6_route alone.
std::map<std::string, std::vector<AdvertisedRoute>> advertised_routes();

/// The same from the file's text. Lines that are none are left out.
std::map<std::string, std::vector<AdvertisedRoute>> parse_advertised_routes(std::string_view text);

/// Makes such a route anew, as one that the kernel goes on refreshing. Only an ioctl can say that it is one. Throws
/// Error; one that is there already is no failure.
void add_advertised_route(const Entry& route, int netdev, std::uint64_t elapsed);

} // namespace vifplug
