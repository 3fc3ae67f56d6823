// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// Gives one netdev the sysctls (net/ipv4 and net/ipv6, conf and neigh) of another. What the kernel does not let be
/// read or written is left out: a secret, a counter.
void copy_sysctls(const std::string& from, const std::string& to);

/// Stops IPv6 on a netdev, or allows it. False when that cannot be done: on a host without IPv6, where /proc/sys cannot
/// be written, for a netdev that is gone or has another name by now.
bool set_ipv6(int index, const std::string& name, bool on);

} // namespace vifplug
