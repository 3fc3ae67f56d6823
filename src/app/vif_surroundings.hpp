// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/machine.hpp"
#include "core/hotplug_call.hpp"
#include "core/vif_duty.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace vifplug {

/// What the daemon's work on vifs has to do with.
struct VifSurroundings {
    Links& links;
    Store& store;
    std::function<bool()> store_is_there; ///< asked after a failure
    const RunDirectory& run;
    const VlanRecords& vlan_records;
    std::function<KnownUplinks()> known_uplinks;
    std::function<std::unique_ptr<Links>()> survey; ///< of all links at once; may give none
    Residence residence;
    /// Starts vif-bridge for the vif, which runs the hooks, at once or when it is its turn; program_begun() and
    /// program_ended() are to be called when it has. Only in a driver domain: in dom0 the toolstack calls it.
    std::function<void(VifId id, Verb verb)> start_program;
    /// Whether this is Xen's own vif-bridge, which names vifs itself, and not ours in its place.
    std::function<bool(const std::string& program)> is_xens_own;
    std::function<void(const EventLog::Line& line)> log;
};

/// For what is done for one vif at a time. A store or a kernel that takes longer is in trouble; libxl gives a
/// script 40.
inline constexpr std::chrono::seconds longest_look{10};

} // namespace vifplug
