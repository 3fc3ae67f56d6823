// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

namespace vifplug::test {

/// Runs `body` in a child that has network, mount and process namespaces of its own, and gives its exit status.
///
/// I1: the host's interfaces cannot be seen or changed; the namespace's only one is lo.
/// I2: every process that body starts is gone when this returns, also when body crashes, and when this process is
///     killed: the kernel ends a process namespace with its first process, and that one with its parent.
/// I3: /run and /etc/xen/scripts are empty and private, and nothing written there is seen outside. There is no syslog.
///
/// As root, or as any user where the kernel allows user namespaces. Where it cannot be had, says why on stderr and
/// gives 1. Throws std::system_error when not even a process can.
int in_sandbox(const std::function<int()>& body);

} // namespace vifplug::test
