// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/placed_port.hpp"
#include "core/repair_pace.hpp"
#include "core/vif_history.hpp"
#include "system/store_copy.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vifplug {

/// What the keeper knows of one vif.
struct KeptVif {
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Phase {
        not_ours, ///< its script is somebody else's
        idle,     ///< there is nothing to do for it now
        waiting,  ///< for its netdev or its bridge
        placed,
        failed,
        detached
    };

    /// A netdev that its script is to name.
    struct Awaited {
        TimePoint until;
        IfIndex netdev;
    };

    KeptVif(Store& store, VifId id) : nodes(store, BackendPath::of(id).path), netdev(netdev_name(id, PortKind::vif)) {}

    StoreCopy nodes;
    Phase phase = Phase::idle;
    std::optional<PlacedPort> place = {}; ///< where it was put, and is to stay
    std::string netdev;                   ///< what it was called when it was seen last
    std::string tap = {};                 ///< the same of its emulated NIC's; empty when none was seen
    std::optional<PlacedPort> tap_place = {};
    std::optional<Awaited> is_named = {}, tap_is_named = {};
    std::string reason = {}; ///< why it waits or failed
    TimePoint waits_since = {};
    bool was_told = false; ///< the store has the reason
    std::optional<TimePoint> again = {};
    std::chrono::seconds retry{0};
    bool is_configured_anew = true; ///< its nodes changed since it was placed
    bool is_suspect = true;         ///< something was heard of its netdevs since it was placed
    bool program_runs = false;      ///< a vif-bridge is at work for it
    bool is_leaving = false;        ///< a vif-bridge was started that takes it off
    RepairPace pace = {};
    VifHistory history = {};
};

/// "placed".
std::string name_of(KeptVif::Phase phase);

} // namespace vifplug
