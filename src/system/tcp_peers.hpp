// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// The other end of an open TCP connection of the host.
struct TcpPeer {
    Bytes connection; ///< the addresses and ports, as the kernel writes them
    std::string text; ///< "192.0.2.7 port 22"
};

/// Those that use one of the state's addresses and have answered within the last second. A kernel that cannot tell
/// (no inet_diag) knows of none. Throws Error.
std::vector<TcpPeer> tcp_peers_of(const HostState& state);

/// Waits until each of the peers has acknowledged something that was sent to it after `moved_at`. Gives the first that
/// has not when `patience` is over. A connection on which nothing is on its way proves nothing, nor one that was
/// closed: neither is waited for. Throws Error.
std::optional<std::string> silent_tcp_peer(const std::vector<TcpPeer>& peers,
                                           std::chrono::steady_clock::time_point moved_at,
                                           std::chrono::steady_clock::duration patience);

} // namespace vifplug
