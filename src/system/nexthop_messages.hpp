// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"

#include <optional>

namespace vifplug {

// What the kernel writes about nexthop objects, and how to write it back for another netdev. All of it works
// on copies of messages and touches nothing.

/// A nexthop object as the kernel has it.
struct Nexthop {
    std::uint32_t id = 0;
    std::optional<int> netdev;          ///< absent for a group or a blackhole
    std::vector<std::uint32_t> members; ///< of a group
    bool can_be_made_anew = true;       ///< false for resilient groups and for those of an FDB
    Bytes message;
};
Nexthop read_nexthop(const Bytes& nexthop);
Bytes nexthop_for(const Bytes& nexthop, int from, int to);

/// A nexthop object as an Entry, told from others whichever netdev it leads through.
Entry nexthop_entry(const Nexthop& nexthop, int index);

} // namespace vifplug
