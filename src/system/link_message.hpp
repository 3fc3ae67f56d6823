// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"
#include "system/links.hpp"

#include <linux/netlink.h>

namespace vifplug {

/// A netdev as an RTM_NEWLINK message describes it. Throws Error for a message that is none.
Link read_link(const nlmsghdr& message);
HostLink read_host_link(const nlmsghdr& message);

/// Nothing for a netdev of another kind, and for a VLAN device on a netdev of another network namespace.
std::optional<VlanDevice> read_vlan_device(const nlmsghdr& message);

} // namespace vifplug
