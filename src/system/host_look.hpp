// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/host_picture.hpp"
#include "system/netlink_socket.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vifplug {

/// All there is on the host now. Throws Error.
HostPicture look_at_host(NetlinkSocket& socket);

/// The answers to a question, added to the list. None where the kernel has no such thing. Throws Error.
void list_all(NetlinkSocket& socket, const std::function<NetlinkMessage()>& question, const std::string& tried,
              std::vector<Bytes>& into);

} // namespace vifplug
