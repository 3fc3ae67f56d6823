// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/placement_bridge.hpp"
#include "core/vif_request.hpp"
#include "system/links.hpp"
#include "system/vlan_records.hpp"

#include <optional>

namespace vifplug {

/// Where a vif goes.
struct VifPlace {
    Link bridge;
    std::optional<VlanList> vlans; ///< absent: whatever the bridge gives a new port
};

/// Reads what the configuration means on this machine: `bridge` may have VLANs behind the name where no link bears the
/// whole of it, or one that we made for the VLAN. Throws BadInput when there is no such bridge, and when `bridge` and
/// `vlan` do not agree.
VifPlace find_place(const VifRequest& request, const VlanRecords& records, Links& links);

/// Whether it is a bridge that we made for the vifs of one VLAN.
bool was_made_for_a_vlan(const std::string& bridge, const VlanRecords& records);

/// Throws BadInput when VLANs are asked for and the bridge would not keep them apart.
void check_bridge_filters(const VifPlace& place);

/// Throws BadInput when a VLAN device takes one of the VLANs from a port of the bridge before the bridge sees it.
void check_vlans_arrive(const VifPlace& place, Links& links);

/// Throws Error when the port has other VLANs than were wanted, as when a hook has changed them.
void check_vlans_are(const VlanList& wanted, const Netdev& port, Links& links);

/// "VLAN 10", "VLANs 10p/20".
std::string in_words(const VlanList& vlans);

} // namespace vifplug
