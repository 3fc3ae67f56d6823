// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"
#include "app/uplink_policy.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// What changing the VLANs of a NIC works with.
struct VlanDesk {
    Links& links;
    const VlanRecords& vlan_records;
    EventLog& log;
};

inline VlanDesk vlan_desk_of(const Machine& machine) {
    return {machine.links, machine.vlan_records, machine.log};
}

/// Lets those of the NICs that carry what their guests need carry these VLANs, too; to be called when the guest's port
/// has them. What is added is written down before. Gives a sentence for each NIC with a list of its own, or that
/// nobody may touch, that lacks some: the guest is not heard beyond the host then. Throws Error.
std::vector<std::string> carry_vlans(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans,
                                     const VlanDesk& desk);
inline std::vector<std::string> carry_vlans(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans,
                                            const Machine& machine) {
    return carry_vlans(uplinks, vlans, vlan_desk_of(machine));
}

/// Whether those of the NICs that carry what their guests need carry these.
bool carry(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans, Links& links);

/// Takes VLANs off the NICs that were added for guests and that no port has any more. Never touches a NIC's PVID or
/// untagged VLANs. The caller holds the lock. Throws Error.
void drop_unused_vlans(const VlanDesk& desk);

} // namespace vifplug
