// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"

#include <linux/netlink.h>

namespace vifplug {

/// A netdev as an RTM_NEWLINK message describes it. Throws Error for a message that is none.
Link read_link(const nlmsghdr& message);
HostLink read_host_link(const nlmsghdr& message);

} // namespace vifplug
