// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/uplink_desk.hpp"
#include "core/uplink.hpp"
#include "system/host_picture.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// Refuses, with BadInput, what would cut the host off or lose something: rules bound to the NIC by number (unless
/// they are to be ignored), the root file system behind it, routes that cannot be made anew.
void check_obstacles(const Uplink& uplink, const HostPicture& picture, bool ignore_firewall);

/// What is bound to the NIC by number and will stay with it, a line each.
std::vector<std::string> what_stays_behind(const Uplink& uplink);

/// Refuses, with BadInput, to take a bridge of ours away from guests (B28), and the host's interface away from what
/// sits on it; warns where a guest loses its way out.
void check_no_guests(const Uplink& uplink, const HostPicture& picture, HostNetwork& network, EventLog& log);

} // namespace vifplug
