// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"
#include "core/uplink_request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// A NIC that carries a bridge, as `network-bridge start` writes it down: who is called what, and how it was before.
///
/// | netdev            | before | topology veth | topology bridge      |
/// | ----------------- | ------ | ------------- | -------------------- |
/// | the NIC           | eth0   | peth0         | peth0                |
/// | the host's netdev | eth0   | eth0 (a veth) | the bridge           |
/// | the bridge        | none   | xenbr0        | eth0, or as asked for |
/// | its other port    | none   | vif0.0        | none                 |
struct Uplink {
    explicit Uplink(IfIndex of_nic) : nic(of_nic) {}

    Topology topology = Topology::veth;
    std::string netdev; ///< the NIC's name without us
    std::string parked; ///< the NIC's name while it is a port: peth0
    std::string holder; ///< the name of the netdev that has the host's addresses meanwhile
    std::string bridge;
    std::string port;           ///< the other end of the host's veth: vif0.0; empty without one
    std::string transient;      ///< what the host's netdev is called until the NIC has left its name
    bool bridge_is_ours = true; ///< we made it, so we remove it
    IfIndex nic;
    std::optional<unsigned> mtu; ///< asked for
    bool vlan_filtering = false; ///< asked for
    UplinkVlans vlans;           ///< which the NIC carries
    VlanMode vlan_mode = VlanMode::filter;
    bool mac_is_fixed = false; ///< the NIC was asked to change its MAC address while up, and did not

    // As it was, for putting it back.
    Mac nic_mac;
    unsigned nic_mtu = 0;
    bool nic_up = true;
    bool nic_had_addresses = false;
    LinkFlags nic_flags;
    std::vector<std::string> altnames; ///< of the netdev that the host has its addresses on
    std::optional<AddressGeneration> nic_address_generation;
    std::optional<Mac> bridge_mac;        ///< of a bridge that is not ours and became the holder
    bool bridge_up = true;                ///< likewise of any bridge that is not ours
    bool bridge_filtered = false;         ///< likewise
    std::optional<VlanList> bridge_vlans; ///< its own, of such a bridge as the holder, where ours are fixed

    bool holder_is_bridge() const { return topology == Topology::bridge; }
    /// Whether the host's netdev is a thing of ours, with nothing of its own to keep.
    bool holder_is_ours() const { return topology == Topology::veth || bridge_is_ours; }
    /// Start was not told anything about VLANs: for vifs the configuration file has the word.
    bool says_nothing_of_vlans() const {
        return vlans.kind == UplinkVlans::Kind::untouched && vlan_mode == VlanMode::filter;
    }
    /// What the bridge is called until the names are switched: its own name may still be the NIC's.
    const std::string& bridge_name_before() const { return holder_is_bridge() && bridge_is_ours ? transient : bridge; }
};

/// What there is of an uplink right now.
struct UplinkNow {
    std::optional<HostLink> nic;
    std::optional<HostLink> holder;
    std::optional<HostLink> bridge; ///< topology bridge: the holder once more
    std::optional<HostLink> port;
    std::optional<HostLink> nic_master; ///< the bridge the NIC is a port of, whichever it is
    std::vector<HostLink> children;     ///< VLAN devices on the NIC
    std::vector<HostLink> bridge_ports; ///< of the bridge, whoever they are
    bool renames_live = true;           ///< this kernel renames a netdev that is up (Linux 6.2)
    bool own_mac_forgotten = false;     ///< the bridge has no permanent entry for a fixed MAC any more
    std::optional<VlanList> nic_vlans;  ///< of the NIC as a port; only looked up where they are fixed
    std::optional<VlanList> own_vlans;  ///< likewise of the host's port, or of the bridge that is the holder
    bool guests_are_apart = false;      ///< somebody else's bridge filters for us, and guests have VLANs by now
    bool managers_wait = false;         ///< somebody configures the NIC and has to be told once it is a port
    bool has_state = false;             ///< the host has any: an address, a route
    bool nic_has_state = false;         ///< something of the host's state is still on the NIC
    bool holder_has_state = false;      ///< ... on the host's netdev
    bool nic_lacks_state = false;       ///< the NIC does not have all of it
    bool holder_lacks_state = false;    ///< the host's netdev does not
};

} // namespace vifplug
