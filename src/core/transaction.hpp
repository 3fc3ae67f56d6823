// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/dhcp_client.hpp"
#include "core/host_state.hpp"
#include "core/uplink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// One NIC in a transaction.
struct TransactionPart {
    Uplink uplink;
    std::optional<HostState> state;  ///< what the host had, taken just before it was moved; absent: nothing was moved
    std::vector<DhcpClient> stopped; ///< clients that have to be started again, wherever the host ends up
    std::size_t number = 0;          ///< its place in the transaction
    HostState own_of_bridge{};       ///< what does not move, though it is on the host's netdev
};

/// Several NICs that change together or not at all. What is on disk of it is enough for anybody to take it back.
struct Transaction {
    enum class What : std::uint8_t { start, stop };

    What what = What::start;
    bool is_past_return = false; ///< all that is left to do is removing what nobody needs
    std::vector<TransactionPart> parts;
};

/// An uplink that is set up, as it stays on record.
struct UplinkRecord {
    Uplink uplink;
    HostState own_of_bridge;                 ///< what a bridge that is not ours had before it became the host's netdev
    std::optional<std::uint64_t> confirm_by; ///< seconds of CLOCK_BOOTTIME: taken back then, unless confirmed
};

} // namespace vifplug
