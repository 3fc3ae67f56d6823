// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"
#include "core/mtu.hpp"
#include "core/vlan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vifplug {

/// How the host itself hangs on its bridge.
enum class Topology : std::uint8_t {
    veth,  ///< by a veth pair: eth0 === vif0.0, which is a port beside peth0 (Xen 3.0 to 3.1; the default)
    bridge ///< the bridge takes the NIC's name, MAC, addresses and routes (Xen 3.2 and later)
};

std::string_view name_of(Topology topology);

/// Refuses, with BadInput, any other word.
Topology parse_topology(std::string_view text);

/// Which VLANs the NIC carries for the guests of its bridge.
struct UplinkVlans {
    enum class Kind : std::uint8_t {
        untouched, ///< whoever made the bridge decides
        automatic, ///< those of its guests, tagged: each comes with the first vif and goes with the last one
        fixed      ///< these
    };

    Kind kind = Kind::untouched;
    VlanList list; ///< of `fixed`

    friend bool operator==(const UplinkVlans&, const UplinkVlans&) = default;
};

/// "auto" or a list in the words of a vif's `vlan` key. Refuses, with BadInput, anything else.
UplinkVlans parse_uplink_vlans(std::string_view text);

/// "auto", the list, or "" for `untouched`.
std::string text_of(const UplinkVlans& vlans);

/// yes or no. Refuses, with BadInput, any other word.
bool parse_vlan_filtering(std::string_view text);

/// How the VLANs of a vif are kept apart.
enum class VlanMode : std::uint8_t {
    filter, ///< by a bridge that filters (the default)
    device  ///< by a bridge per VLAN, on a VLAN device of the NIC
};

std::string_view name_of(VlanMode mode);

/// Refuses, with BadInput, any other word.
VlanMode parse_vlan_mode(std::string_view text);

/// A name to look a netdev up by: its own, or one of its altnames, which have up to 127 bytes (ALTIFNAMSIZ).
/// Refuses, with BadInput, what neither can be.
std::string parse_netdev(std::string_view text);

/// The N of xenbrN and vif0.N: 0 to 65535. Refuses, with BadInput, anything else.
unsigned parse_vifnum(std::string_view text);

/// One NIC that shall be put on a bridge, as somebody asked for it; what is absent is chosen.
struct UplinkRequest {
    std::optional<std::string> netdev; ///< a name or altname
    std::optional<IfName> bridge;
    std::optional<unsigned> vifnum;
    Topology topology = Topology::veth;
    std::optional<Mtu> mtu;             ///< absent: the NIC's
    std::optional<bool> vlan_filtering; ///< absent: as the bridge is; a new one does not filter
    std::optional<UplinkVlans> vlans;   ///< absent: automatic where we turn filtering on, else untouched
    VlanMode vlan_mode = VlanMode::filter;
    bool is_configured = false; ///< by the configuration file: what is absent is so by intent, and vif-bridge reads it

    friend bool operator==(const UplinkRequest&, const UplinkRequest&) = default;
};

/// Which VLANs the NIC of the request carries.
UplinkVlans vlans_of(const UplinkRequest& request);

/// Refuses, with BadInput, what a request says of VLANs and takes back in the same breath.
void refuse_contradictions(const UplinkRequest& request);

/// The key ("netdev", "bridge", "vifnum") in which two requests ask for one and the same thing, which only one of them
/// can have; nothing when they can stand side by side.
std::optional<std::string_view> same_in_both(const UplinkRequest& one, const UplinkRequest& other);

} // namespace vifplug
