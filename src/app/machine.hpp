// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/uplink_policy.hpp"
#include "core/hotplug_call.hpp"
#include "system/deadline.hpp"
#include "system/links.hpp"
#include "system/run_directory.hpp"
#include "system/store.hpp"
#include "system/vlan_records.hpp"

#include <functional>
#include <string>

namespace vifplug {

/// What placing a vif works with.
struct Machine {
    Links& links;
    Store& store;
    const RunDirectory& run;
    Deadline& deadline;
    EventLog& log;
    const VlanRecords& vlan_records;
    const std::function<KnownUplinks()>& known_uplinks; ///< asked only for a vif with VLANs: it reads files
};

/// Who a log line or an error is about: "vif7.0", "vif7.0-emu".
inline std::string subject_of(const HotplugCall& call) {
    return netdev_name(call.backend.id, call.kind);
}

} // namespace vifplug
