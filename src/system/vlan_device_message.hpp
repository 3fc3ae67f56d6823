// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/vlan_bridge.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

/// The VLAN device, down, and a port of `master` from the start.
NetlinkMessage make_vlan_device_message(const VlanBridge& bridge, unsigned mtu, IfIndex master);

} // namespace vifplug
