// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/placement_bridge.hpp"

namespace vifplug {

namespace {

bool is_port_of(const PortNow& now, const Link& bridge) {
    return now.master && now.master->index == bridge.index;
}

bool takes_new_name(const PortWanted& want, const PortNow& now) {
    return want.name && want.name->str() != now.link.name;
}

bool takes_new_mac(const PortNow& now) {
    return now.link.mac && *now.link.mac != port_mac;
}

/// From one bridge to another, and between joining and getting its VLANs, no frame passes.
bool joins_unseen(const PortWanted& want, const PortNow& now) {
    return !is_port_of(now, want.bridge) && (now.master || want.vlans);
}

void plan_identity(const PortWanted& want, const PortNow& now, Netdev& port, Plan& plan) {
    if (takes_new_name(want, now)) {
        plan.push_back(Rename{port, want.name->str()});
        port.name = want.name->str();
    }
    if (takes_new_mac(now))
        plan.push_back(SetMac{port, *now.link.mac, port_mac});
}

/// A port carries its guest's frames and none of the host's own, so it has no address and gets none. IPv6 stops, since
/// the kernel has routes for each netdev with it that is up, and goes through all of them for every one that comes.
/// Last: without IPv6 no address of its could be put back. Where it cannot be stopped the netdev gives itself no
/// addresses.
void plan_no_addresses(const PortNow& now, const Netdev& port, Plan& plan) {
    for (const Address& address : now.addresses)
        plan.push_back(DropAddress{port, address});
    const auto generation = now.link.address_generation;
    if (now.link.ipv6 && generation && *generation != AddressGeneration::none)
        plan.push_back(StopIpv6{port, *generation});
}

/// After joining also where the port gets what is wanted: the step looks whether that is so.
void plan_vlans(const PortWanted& want, const PortNow& now, const Netdev& port, Plan& plan) {
    if (!want.vlans)
        return;
    const bool joins = !is_port_of(now, want.bridge);
    const VlanList from = joins ? vlans_of_a_new_port(want.bridge) : now.vlans;
    if (joins || from != *want.vlans)
        plan.push_back(ChangeVlans{port, from, *want.vlans});
}

} // namespace

unsigned wanted_mtu(const PortWanted& want) {
    return want.mtu ? want.mtu->bytes() : want.bridge.mtu;
}

VlanList vlans_of_a_new_port(const Link& bridge) {
    const unsigned pvid = bridge.vlan_settings ? bridge.vlan_settings->default_pvid : 0;
    return pvid == 0 ? VlanList() : VlanList::access(VlanId(pvid));
}

Plan plan_attach(const PortWanted& want, const PortNow& now) {
    Plan plan;
    Netdev port = netdev_of(now.link);
    const bool in_place = is_port_of(now, want.bridge);
    const bool goes_down = now.link.up && (takes_new_name(want, now) || takes_new_mac(now) || joins_unseen(want, now));

    plan_no_addresses(now, port, plan);
    if (goes_down)
        plan.push_back(SetDown{port});
    if (now.master && !in_place)
        plan.push_back(Leave{port, *now.master});
    plan_identity(want, now, port, plan);
    if (now.link.mtu != wanted_mtu(want))
        plan.push_back(SetMtu{port, now.link.mtu, wanted_mtu(want)});
    if (!in_place)
        plan.push_back(Join{port, netdev_of(want.bridge)});
    plan_vlans(want, now, port, plan);
    if (goes_down || !now.link.up)
        plan.push_back(SetUp{port});
    return plan;
}

Plan plan_detach(const Link& port, const std::optional<Netdev>& master) {
    Plan plan;
    if (port.up)
        plan.push_back(SetDown{netdev_of(port)});
    if (master)
        plan.push_back(Leave{netdev_of(port), *master});
    return plan;
}

} // namespace vifplug
