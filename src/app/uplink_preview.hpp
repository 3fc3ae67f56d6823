// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/transaction.hpp"
#include "system/host_network.hpp"

#include <string>
#include <vector>

namespace vifplug {

// What would be done, in words. Nothing is changed.

std::vector<std::string> describe_start(const Uplink& uplink, HostNetwork& network);
std::vector<std::string> describe_stop(const UplinkRecord& record, HostNetwork& network);

/// What is not as recorded, and would be corrected; nothing when all is well.
std::vector<std::string> describe_differences(const UplinkRecord& record, HostNetwork& network);

} // namespace vifplug
