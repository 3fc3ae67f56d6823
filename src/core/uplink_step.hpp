// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"
#include "core/step.hpp"

#include <string>
#include <variant>
#include <vector>

namespace vifplug {

/// A bridge without STP and without delay: its ports forward at once (contract 1.4, 1.5).
struct MakeBridge {
    std::string name;
    Mac mac;
    unsigned mtu;
    bool vlan_filtering = false; ///< from the first moment; refused by a kernel that cannot
};
/// The host's veth: `end` becomes the host's netdev, `port` goes into the bridge with port_mac.
struct MakePair {
    std::string end, port;
    Mac end_mac;
    unsigned mtu;
};
struct RemoveLink {
    Netdev netdev;
};
/// Answers no ARP: for ports and for a bridge that is nobody's address.
struct SetArp {
    Netdev port;
    bool on;
};
/// Makes a VLAN device keep the MAC address it has, whatever its parent's becomes.
struct PinMac {
    Netdev child;
    Mac mac;
};
/// What an admin may have set on a netdev: sysctls, IFF flags, group, alias.
struct CopySettings {
    Netdev from, to;
};
struct MoveAltnames {
    Netdev from, to;
    std::vector<std::string> names;
};
/// A port that keeps the host's MAC: its permanent entry makes the bridge keep the host's frames. Without it the bridge
/// learns where the host is.
struct ForgetMac {
    Netdev port;
    Mac mac;
};
/// A bridge that filters passes only frames of a port's VLANs.
struct SetVlanFiltering {
    Netdev bridge;
    bool from, to;
};
/// These and no other, whatever it has. What it has afterwards is read back and compared.
struct GiveVlans {
    Netdev netdev;
    VlanList vlans;
    VlanOwner owner = VlanOwner::port;
};
/// Takes addresses, routes and the rest of the host's state off a netdev.
struct TakeState {
    Netdev from;
};
/// Lets a program that configures the NIC look at the links anew: while the NIC has no address and still its MAC.
struct TellManagers {
    Netdev nic;
};
/// Makes the host's state anew on a netdev. Rules that name it by one of the other names will name `to`.
struct GiveState {
    Netdev to;
    std::vector<std::string> other_names;
};

using UplinkStep = std::variant<Step, MakeBridge, MakePair, RemoveLink, SetArp, PinMac, CopySettings, MoveAltnames,
                                ForgetMac, SetVlanFiltering, GiveVlans, TakeState, TellManagers, GiveState>;
using UplinkPlan = std::vector<UplinkStep>;

/// One line for people: what the step does, to which netdev.
std::string describe(const UplinkStep& step);

} // namespace vifplug
