// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "system/netlink_socket.hpp"

#include <cstdint>
#include <initializer_list>
#include <linux/rtnetlink.h>
#include <string>
#include <vector>

namespace vifplug {

// Requests made of the kernel's own messages (host_messages.hpp), and many of them at once.

/// By the clock that goes on while the machine sleeps, as lifetimes do.
std::uint64_t seconds_since_boot();

ifinfomsg link_header(int index);

NetlinkMessage request(int type, int flags, const Bytes& payload);

/// With each family's way of taking a route beside those of the same destination: IPv4 needs to be told to append,
/// and IPv6 would make one route of several legs of them.
NetlinkMessage new_route(const Bytes& route);

/// A change and what it is, for the sentence when it is refused.
struct Change {
    NetlinkMessage message;
    std::string text;
};

/// Makes the changes, whatever becomes of those before. `complaint`: the first that was refused for a reason that is
/// not one of the tolerated. Throws Error when the kernel cannot be asked.
void make_all(NetlinkSocket& socket, std::vector<Change> changes, const std::string& tried,
              std::initializer_list<int> tolerated, std::string* complaint = nullptr);

} // namespace vifplug
