// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"
#include "app/uplink_policy.hpp"
#include "app/vif_vlans.hpp"

#include <optional>
#include <string>

namespace vifplug {

/// The NIC whose VLANs have a bridge each (vlan-mode = "device"), where one of these is such a one.
const UplinkPolicy* in_device_mode(const std::vector<UplinkPolicy>& uplinks);

/// The bridge of the VLAN that the place asks for, on that NIC: looked up.
struct VlanBridgePlan {
    VlanBridge names;
    std::optional<Link> bridge; ///< absent: has to be made
};

/// Which bridge it is. Throws BadInput for more VLANs than one, for a VLAN that a device of somebody else takes, and
/// where every name is taken.
VlanBridgePlan find_vlan_bridge(const VifPlace& place, const UplinkPolicy& uplink, const Machine& machine);

/// Makes it where it is missing, and gives it. What is made is written down before. Throws Error.
Link make_vlan_bridge(const VlanBridgePlan& plan, const Machine& machine);

/// Removes the bridges that have no guest any more, with their VLAN devices. The caller holds the lock. Throws Error.
void remove_unused_vlan_bridges(const Machine& machine);

/// What a bridge that is still to be made will be like, for a dry run.
Link as_if_made(const VlanBridgePlan& plan, const UplinkPolicy& uplink);

} // namespace vifplug
