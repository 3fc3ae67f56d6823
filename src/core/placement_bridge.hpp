// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"
#include "core/link.hpp"
#include "core/mtu.hpp"
#include "core/step.hpp"

#include <optional>
#include <vector>

namespace vifplug {

/// What a port shall be.
struct PortWanted {
    std::optional<IfName> name; ///< absent: the one it has
    Link bridge;
    std::optional<Mtu> mtu;        ///< absent: the bridge's
    std::optional<VlanList> vlans; ///< absent: whatever it has
};

/// What a port is.
struct PortNow {
    Link link;
    std::vector<Address> addresses;
    std::optional<Netdev> master; ///< what it is a port of
    VlanList vlans;               ///< none when it is on no bridge
};

/// The MTU the port shall have, in bytes.
unsigned wanted_mtu(const PortWanted& want);

/// The VLANs that a port has when it has just joined the bridge.
VlanList vlans_of_a_new_port(const Link& bridge);

/// The steps that take the port from what it is to what is wanted; empty when nothing differs.
///
/// The order matters (contract 3.3): a netback device takes a new name or MAC address only while it is down; the MAC
/// and the MTU come before joining, or the bridge would take a low MAC for its own (V26) and shrink to a small MTU
/// (M6); it goes up last, so that no frame passes through a half-made port; addresses go first, while the kernel has
/// not dropped some of them of its own accord. A bridge gives a new port its default VLAN, so the VLANs are changed
/// between joining and going up. A port that is up has a guest that is using it: it is taken down only for what cannot
/// be done otherwise, and one that was merely taken off its bridge joins as it is.
Plan plan_attach(const PortWanted& want, const PortNow& now);

/// The steps that take the port off its bridge, whichever that is, and down; empty when it is already.
Plan plan_detach(const Link& port, const std::optional<Netdev>& master);

} // namespace vifplug
