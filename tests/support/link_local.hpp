// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug::test {

/// Waits until a netdev that is up has its own IPv6 address, probed for and with its routes, and throws if it gets
/// none: the kernel gives it a moment after the link has come up, which for a bond is a while after its slaves are, and
/// makes the routes after that (addrconf_dad_completed()).
void await_link_local_address(const std::string& netdev);

/// Waits until the kernel takes frames to all IPv6 addresses there are: it makes the local route of one a moment after
/// it lists the address (addrconf_dad_work()). Throws std::runtime_error when it takes too long.
void await_local_routes();

} // namespace vifplug::test
