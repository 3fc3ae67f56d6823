// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/carried_vlans.hpp"
#include "core/link.hpp"
#include "core/vlan.hpp"
#include "system/netlink_socket.hpp"

#include <string>

namespace vifplug {

/// Whose VLANs are meant: those of a port, or those of a bridge for what it sends and gets itself.
enum class VlanOwner : std::uint8_t { port, bridge };

/// What the netdev has; none when it is on no bridge, or the kernel's bridges know no VLANs. Throws Error; from
/// kernels before 5.6 always, since they would give all ports of the machine at once.
VlanList read_vlans(NetlinkSocket& socket, IfIndex netdev);

/// Those of every port of every bridge. Throws Error.
std::vector<PortVlans> read_all_port_vlans(NetlinkSocket& socket);

/// Takes the netdev from one list to the other by what differs: at most one message to remove and one to add, however
/// many VLANs there are. What is in both is not touched, so its frames go on. Throws Error with `tried` when the kernel
/// refuses one of the messages; the first has been made then.
void change_vlans(NetlinkSocket& socket, IfIndex netdev, const VlanList& from, const VlanList& to, VlanOwner owner,
                  const std::string& tried);

} // namespace vifplug
