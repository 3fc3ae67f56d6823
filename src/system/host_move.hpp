// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_step.hpp"
#include "system/host_picture.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

// What the host has on a netdev, and what leads through it, taken off and put on another.

/// Throws Error when the kernel cannot be asked. What is not there is not taken.
void take_state(NetlinkSocket& socket, const Netdev& from, const HostState& state, const HostPicture& picture);

/// Throws Error with what the netdev lacks in the end.
void give_state(NetlinkSocket& socket, const GiveState& step, const HostState& state, const HostPicture& picture);

} // namespace vifplug
