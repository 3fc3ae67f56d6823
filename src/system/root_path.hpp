// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/network_root.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// Whether the host's root file system comes from a network, and from which servers; nothing when it is local.
///
/// The mount on "/" is asked first, then the block device below it, through partitions, LVM, RAID and multipath (iSCSI,
/// NVMe over fabrics, NBD, Ceph's RBD, ATA over Ethernet; by sysfs, which is at `sys`), and the kernel's command line
/// only where neither can say (a root in memory, an overlay, ZFS).
std::optional<NetworkRoot> network_root(const std::string& sys = "/sys");

/// The netdevs through which the kernel sends to an address (see NetworkRoot::servers), all of a route with several;
/// none when there is no route. A device may be another one on top of a NIC: a VLAN, a bond, a bridge. Throws Error.
std::vector<IfIndex> route_devices(const std::string& address);

} // namespace vifplug
