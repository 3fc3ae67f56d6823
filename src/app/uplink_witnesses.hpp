// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "core/link.hpp"
#include "system/tcp_peers.hpp"

#include <chrono>
#include <vector>

namespace vifplug {

/// Who answered before the move and has to answer after it.
class Witnesses {
  public:
    /// Gateways are asked only where they shall be; TCP peers say it by themselves.
    void note_before(const HostState& state, IfIndex netdev, bool asked);

    void note_moved() { moved_at_ = Clock::now(); }

    /// Throws Error when one of them is silent for `patience`.
    void check_after(IfIndex netdev, std::chrono::seconds patience) const;

  private:
    using Clock = std::chrono::steady_clock;

    std::vector<Gateway> gateways_;
    std::vector<TcpPeer> peers_;
    Clock::time_point moved_at_;
};

} // namespace vifplug
