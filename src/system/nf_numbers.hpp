// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

/// True when a rule of nf_tables compares an interface's number with this one, or does with numbers what takes more
/// than a glance, or when there is a set of numbers. Never false when numbered_netdevs() would find something. Throws
/// Error.
///
/// For 5,000 rules this takes a tenth of what a listing by libnftables takes, and it spares that on most hosts.
bool may_have_numbers(NetlinkSocket& socket, IfIndex index);

} // namespace vifplug
