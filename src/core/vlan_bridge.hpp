// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/vlan.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// A bridge for one VLAN of a NIC, for hosts whose bridges do not filter: XenServer's layout.
///
///     peth0 -- peth0.10 (takes VLAN 10 from it, without the tag) -- xenbr0.10 -- vif7.0, vif8.0 ...
struct VlanBridge {
    IfIndex nic; ///< also a port of the bridge that guests without a VLAN are on
    VlanId id;
    std::string device; ///< "peth0.10"
    std::string bridge; ///< "xenbr0.10"

    friend bool operator==(const VlanBridge&, const VlanBridge&) = default;
};

/// What a thing of a VLAN may be called, likeliest first: `xenbr0.10`; with a shortened first part where 15 bytes do
/// not suffice; `b10-5` with the NIC's index at last, and the letter for what it is.
std::vector<std::string> names_for_vlan(std::string_view base, VlanId id, IfIndex nic, char letter);

/// A record as a line of text. `network_namespace` says where the index means something.
std::string format_vlan_bridge(const VlanBridge& bridge, const std::string& network_namespace);

/// Reads such a line. Nothing when it is of another network namespace, was cut short, or is no record.
std::optional<VlanBridge> parse_vlan_bridge(std::string_view text, std::string_view network_namespace);

} // namespace vifplug
