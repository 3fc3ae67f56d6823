// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// Gives one netdev the sysctls (net/ipv4 and net/ipv6, conf and neigh) of another. What the kernel does not let be
/// read or written is left out: a secret, a counter.
void copy_sysctls(const std::string& from, const std::string& to);

/// No IPv6 on the netdev at all. Does nothing on a host without IPv6.
void stop_ipv6(const std::string& netdev);

} // namespace vifplug
