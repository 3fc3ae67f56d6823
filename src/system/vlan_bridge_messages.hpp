// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/vlan_bridge.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

/// A bridge as ports of guests want it: no STP, no delay, the MAC address that no guest has. It is down.
NetlinkMessage make_vlan_bridge_message(const VlanBridge& bridge, unsigned mtu);

/// The VLAN device, down, and a port of `master` from the start.
NetlinkMessage make_vlan_device_message(const VlanBridge& bridge, unsigned mtu, IfIndex master);

} // namespace vifplug
