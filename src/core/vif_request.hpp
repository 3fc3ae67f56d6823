// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/hotplug_call.hpp"
#include "core/if_name.hpp"
#include "core/ip_network.hpp"
#include "core/mtu.hpp"
#include "core/vlan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// What the configuration says about one port, as types.
struct VifRequest {
    std::optional<IfName> name;                     ///< the name to give the netdev; absent: the one it has
    std::optional<IfName> bridge;                   ///< absent: the only bridge of the host, else the first by name
    std::optional<BridgeAndVlans> bridge_and_vlans; ///< what `bridge` means where no link bears that name
    std::optional<VlanList> vlans;                  ///< absent: whatever the bridge gives a new port
    std::optional<Mtu> mtu;                         ///< absent: the bridge's
    std::vector<IpNetwork> ip;
    std::vector<std::string> warnings; ///< what was passed over, a sentence each
    bool found_in_store = false;       ///< at least one node was there, so the backend exists
};

/// The value of a key below the backend, nothing when the node does not exist.
using NodeReader = std::function<std::optional<std::string>(std::string_view key)>;

/// Reads the keys that placing a port needs. A node that exists wins over the caller's words, also an empty one (V14).
/// Refuses, with BadInput, a value that breaks its key's rule.
VifRequest read_vif_request(const HotplugCall& call, const NodeReader& node);

/// The name that the configuration gives the port; nothing when it gives none. All that taking a port down needs.
std::optional<IfName> read_port_name(VifId id, PortKind kind, const NodeReader& node);

} // namespace vifplug
