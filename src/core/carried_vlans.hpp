// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/vlan.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The VLANs that we made a NIC carry for guests, so those that may be taken off it again.
struct CarriedVlans {
    IfIndex nic;
    VlanList vlans;

    friend bool operator==(const CarriedVlans&, const CarriedVlans&) = default;
};

/// A port of a bridge and what it has.
struct PortVlans {
    IfIndex port;
    IfIndex bridge;
    VlanList vlans;
};

/// What of `wanted` a port that has `has` does not carry, tagged: a NIC's VLANs leave it with their tag.
VlanList not_carried(const VlanList& has, const VlanList& wanted);

/// `has` with those of `more`, whose VLANs it does not have.
VlanList with_vlans(VlanList has, const VlanList& more);

/// What of `ours` no port of the NIC's bridge has any more, other NICs aside that have it for guests' sake only. What
/// has become the NIC's PVID, or leaves it untagged, is somebody else's by now (safety rule 7) and not among them.
VlanList unused_on(const CarriedVlans& ours, const std::vector<CarriedVlans>& of_all_nics,
                   const std::vector<PortVlans>& ports);

/// What those ports of the bridge have together that are among `of`.
VlanList vlans_together(const std::vector<PortVlans>& ports, IfIndex bridge, const std::vector<IfIndex>& of);

/// `has` without those of `less`.
VlanList without_vlans(VlanList has, const VlanList& less);

/// A record as a line of text. `network_namespace` says where the index means something.
std::string format_carried(const CarriedVlans& carried, const std::string& network_namespace);

/// Reads such a line. Nothing when it is of another network namespace, was cut short, or is no record.
std::optional<CarriedVlans> parse_carried(std::string_view text, std::string_view network_namespace);

} // namespace vifplug
