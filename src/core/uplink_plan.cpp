// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_plan.hpp"

#include "core/placement_bridge.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace vifplug {

namespace {

/// Steps on one netdev, under the name it has by then.
class Work {
  public:
    explicit Work(const HostLink& on) : on_(on), netdev_(netdev_of(on.link)) {}

    const HostLink& seen() const { return on_; }
    const Netdev& netdev() const { return netdev_; }

    Step rename(const std::string& to) {
        Step step = Rename{netdev_, to};
        netdev_.name = to;
        return step;
    }

  private:
    const HostLink& on_;
    Netdev netdev_;
};

void set_up(UplinkPlan& plan, const Work& work) {
    if (!work.seen().link.up)
        plan.emplace_back(SetUp{work.netdev()});
}

void stop_generating(UplinkPlan& plan, const Work& work) {
    const auto mode = work.seen().link.address_generation;
    if (mode && *mode != AddressGeneration::none)
        plan.emplace_back(SetAddressGeneration{work.netdev(), *mode, AddressGeneration::none});
}

void generate_as(UplinkPlan& plan, const Work& work, std::optional<AddressGeneration> wanted) {
    const auto mode = work.seen().link.address_generation;
    if (mode && wanted && *mode != *wanted)
        plan.emplace_back(SetAddressGeneration{work.netdev(), *mode, *wanted});
}

void set_mac(UplinkPlan& plan, const Work& work, const Mac& wanted) {
    if (const auto& mac = work.seen().link.mac; mac && *mac != wanted)
        plan.emplace_back(SetMac{work.netdev(), *mac, wanted});
}

void set_mtu(UplinkPlan& plan, const Work& work, unsigned wanted) {
    if (work.seen().link.mtu != wanted)
        plan.emplace_back(SetMtu{work.netdev(), work.seen().link.mtu, wanted});
}

void stop_arp(UplinkPlan& plan, const Work& work) {
    if (work.seen().flags.arp)
        plan.emplace_back(SetArp{work.netdev(), false});
}

void join(UplinkPlan& plan, const Work& port, const Work& bridge) {
    if (port.seen().link.master != std::optional(bridge.netdev().index))
        plan.emplace_back(Join{port.netdev(), bridge.netdev()});
}

/// A kernel that cannot rename a netdev that is up has it down meanwhile.
void rename(UplinkPlan& plan, Work& work, const std::string& to, bool live) {
    const bool down_meanwhile = !live && work.seen().link.up;
    if (down_meanwhile)
        plan.emplace_back(SetDown{work.netdev()});
    plan.emplace_back(work.rename(to));
    if (down_meanwhile)
        plan.emplace_back(SetUp{work.netdev()});
}

// A netdev that gets its carrier while it is up sends nothing until the kernel's link watch has come by, and that comes
// once a second at times (net/core/link_watch.c). One that is set up when the carrier is there sends at once. So what
// the host is going to use is set up, once more if need be, when all that gives it a carrier is up.

/// A bridge of ours that becomes the host's netdev: its carrier is that of the NIC.
bool waits_for_its_first_port(const Uplink& uplink, const UplinkNow& now) {
    return uplink.holder_is_bridge() && uplink.bridge_is_ours && now.bridge_ports.empty();
}

// VLANs. With a fixed list the NIC has it, and the host's own port the VLAN of untagged frames: so the host goes on
// without tags in the network that it was in. Otherwise both keep what a new port of the bridge gets.

bool is_fixed(const Uplink& uplink) {
    return uplink.vlans.kind == UplinkVlans::Kind::fixed && uplink.vlans.list.pvid();
}

bool filters(const HostLink& bridge) {
    return bridge.link.vlan_settings && bridge.link.vlan_settings->filters;
}

/// Of a port that may have come to the bridge in this very plan. True when there is something to give.
bool give_vlans(UplinkPlan& plan, const Work& port, const Work& bridge, const std::optional<VlanList>& has,
                const VlanList& wanted) {
    const bool is_port = port.seen().link.master == std::optional(bridge.netdev().index);
    if ((is_port ? has.value_or(wanted) : vlans_of_a_new_port(bridge.seen().link)) == wanted)
        return false;
    plan.emplace_back(GiveVlans{port.netdev(), wanted});
    return true;
}

/// Those of a bridge for itself. Of somebody else's, only what untagged frames belong to is ours to say.
VlanList own_vlans_wanted(const Uplink& uplink, const VlanList& has) {
    const VlanId pvid = *uplink.vlans.list.pvid();
    if (uplink.bridge_is_ours)
        return VlanList::access(pvid);
    VlanList wanted = has;
    if (has.pvid() && *has.pvid() != pvid)
        wanted.remove(*has.pvid());
    wanted.add(pvid, Tagging::untagged);
    wanted.set_pvid(pvid);
    return wanted;
}

/// What own_vlans_wanted() made is taken back; what others have given the bridge since stays.
VlanList own_vlans_before(const Uplink& uplink, const VlanList& has) {
    const VlanId pvid = *uplink.vlans.list.pvid();
    const VlanList& before = *uplink.bridge_vlans;
    if (has.pvid() && *has.pvid() != pvid)
        return has;
    VlanList wanted = has;
    wanted.remove(pvid);
    if (before.has(pvid))
        wanted.add(pvid, before.tagging(pvid));
    if (before.pvid()) {
        wanted.add(*before.pvid(), before.tagging(*before.pvid()));
        wanted.set_pvid(*before.pvid());
    }
    return wanted;
}

void filter_vlans(UplinkPlan& plan, const Uplink& uplink, const UplinkNow& now) {
    const Netdev bridge = netdev_of(now.bridge->link);
    if (uplink.holder_is_bridge() && is_fixed(uplink)) {
        const VlanList has = now.own_vlans.value_or(vlans_of_a_new_port(now.bridge->link));
        if (const VlanList wanted = own_vlans_wanted(uplink, has); wanted != has)
            plan.emplace_back(GiveVlans{bridge, wanted, VlanOwner::bridge});
    }
    if (uplink.vlan_filtering && !filters(*now.bridge))
        plan.emplace_back(SetVlanFiltering{bridge, false, true});
}

/// Of a bridge that is not ours. Filtering stays while guests rely on it, or they would see each other's VLANs.
void filter_vlans_as_before(UplinkPlan& plan, const Uplink& uplink, const UplinkNow& now) {
    const Netdev bridge = netdev_of(now.bridge->link);
    if (is_fixed(uplink) && uplink.bridge_vlans && now.own_vlans)
        if (const VlanList wanted = own_vlans_before(uplink, *now.own_vlans); wanted != *now.own_vlans)
            plan.emplace_back(GiveVlans{bridge, wanted, VlanOwner::bridge});
    if (uplink.vlan_filtering && !uplink.bridge_filtered && filters(*now.bridge) && !now.guests_are_apart)
        plan.emplace_back(SetVlanFiltering{bridge, true, false});
}

/// Bridge and host's veth are ports of nobody and have no address of their own.
void build_bridge(UplinkPlan& plan, const Uplink& uplink, const UplinkNow& now) {
    const Work bridge(*now.bridge);
    if (uplink.bridge_is_ours && !uplink.holder_is_bridge()) {
        // It only forwards, and router advertisements reach it as they reach the host.
        if (const auto mode = bridge.seen().link.address_generation; mode && *mode != AddressGeneration::none)
            plan.emplace_back(StopIpv6{bridge.netdev(), *mode});
        stop_arp(plan, bridge);
    }
    if (uplink.bridge_is_ours && bridge.netdev().name == uplink.bridge_name_before())
        stop_generating(plan, bridge);
    filter_vlans(plan, uplink, now);
    if (!waits_for_its_first_port(uplink, now))
        set_up(plan, bridge);
}

void build_pair(UplinkPlan& plan, const Uplink& uplink, const UplinkNow& now) {
    const Work bridge(*now.bridge);
    const Work port(*now.port);
    stop_generating(plan, port);
    stop_arp(plan, port);
    join(plan, port, bridge);
    if (is_fixed(uplink))
        give_vlans(plan, port, bridge, now.own_vlans, VlanList::access(*uplink.vlans.list.pvid()));
    const Work holder(*now.holder);
    if (holder.netdev().name == uplink.transient)
        stop_generating(plan, holder);
    set_up(plan, holder);
    set_up(plan, port);
    if (!holder.seen().link.up) {
        plan.emplace_back(SetDown{holder.netdev()});
        plan.emplace_back(SetUp{holder.netdev()});
    }
}

void move_altnames(UplinkPlan& plan, const Uplink& uplink, const Work& from, const Work& to) {
    std::vector<std::string> names = uplink.altnames;
    std::erase_if(names, [&](const std::string& name) {
        const auto& there = to.seen().altnames;
        return std::find(there.begin(), there.end(), name) != there.end();
    });
    if (!names.empty())
        plan.emplace_back(MoveAltnames{from.netdev(), to.netdev(), std::move(names)});
}

/// What else the host's netdev has been called, or may have been when something died.
std::vector<std::string> other_names(const Uplink& uplink, const std::string& name) {
    std::vector<std::string> names{uplink.netdev, uplink.parked, uplink.holder, uplink.transient};
    std::erase(names, name);
    return names;
}

} // namespace

std::vector<std::string> guests_on(const Uplink& uplink, const UplinkNow& now) {
    std::vector<std::string> guests;
    for (const HostLink& port : now.bridge_ports)
        if (port.link.index != uplink.nic && port.link.name != uplink.port)
            guests.push_back(port.link.name);
    return guests;
}

Uplink with_what_the_host_has(Uplink uplink, const UplinkNow& now) {
    if (!now.holder || !uplink.holder_is_ours() || now.holder->link.name != uplink.holder)
        return uplink;
    if (!uplink.mac_is_fixed)
        uplink.nic_mac = now.holder->link.mac.value_or(uplink.nic_mac);
    uplink.nic_flags = now.holder->flags;
    uplink.altnames = now.holder->altnames;
    if (!uplink.mtu) // else it was ours
        uplink.nic_mtu = now.holder->link.mtu;
    return uplink;
}

UplinkPlan plan_build(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan;
    if (!now.nic)
        return plan;
    const unsigned mtu = uplink.mtu.value_or(uplink.nic_mtu);
    if (!now.bridge)
        plan.emplace_back(MakeBridge{uplink.bridge_name_before(), uplink.holder_is_bridge() ? uplink.nic_mac : port_mac,
                                     mtu, uplink.vlan_filtering});
    if (!uplink.holder_is_bridge() && !now.holder)
        plan.emplace_back(MakePair{uplink.transient, uplink.port, uplink.nic_mac, mtu});
    if (!now.bridge || (!uplink.holder_is_bridge() && (!now.holder || !now.port)))
        return plan;

    build_bridge(plan, uplink, now);
    if (!uplink.holder_is_bridge())
        build_pair(plan, uplink, now);
    return plan;
}

UplinkNow as_if_made(const Uplink& uplink, UplinkNow now) {
    if (!now.nic)
        return now;
    const auto made = [&](int number, const std::string& name, const std::string& kind) {
        HostLink link = *now.nic;
        link.link.index = IfIndex(std::numeric_limits<int>::max() - number);
        link.link.name = name;
        link.link.kind = kind;
        link.link.up = false;
        link.link.master.reset();
        link.altnames.clear();
        return link;
    };
    if (!now.bridge)
        (now.bridge = made(0, uplink.bridge_name_before(), "bridge"))->link.vlan_settings =
            BridgeVlanSettings{.filters = uplink.vlan_filtering};
    if (uplink.holder_is_bridge()) {
        now.holder = now.bridge;
    } else {
        if (!now.holder)
            now.holder = made(1, uplink.transient, "veth");
        if (!now.port)
            now.port = made(2, uplink.port, "veth");
    }
    return now;
}

UplinkNow as_if_built(const Uplink& uplink, UplinkNow now) {
    now = as_if_made(uplink, std::move(now));
    if (!now.bridge)
        return now;
    if (!waits_for_its_first_port(uplink, now))
        now.bridge->link.up = true;
    const auto quiet = [](HostLink& link) {
        if (link.link.address_generation)
            link.link.address_generation = AddressGeneration::none;
    };
    if (uplink.bridge_is_ours && now.bridge->link.name == uplink.bridge_name_before())
        quiet(*now.bridge);
    if (uplink.holder_is_bridge()) {
        now.holder = now.bridge;
    } else {
        now.holder->link.up = true;
        if (now.holder->link.name == uplink.transient)
            quiet(*now.holder);
    }
    return now;
}

UplinkNow as_if_switched_out(const Uplink& uplink, UplinkNow now) {
    if (now.holder && now.holder->link.name == uplink.netdev)
        now.holder->link.name = uplink.transient;
    if (uplink.holder_is_bridge())
        now.bridge = now.holder;
    std::erase_if(now.bridge_ports, [&](const HostLink& port) { return port.link.index == uplink.nic; });
    return now;
}

UplinkPlan plan_switch_in(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan;
    if (!now.nic || !now.holder || !now.bridge)
        return plan;
    Work nic(*now.nic);
    Work holder(*now.holder);
    const Work bridge(*now.bridge);
    const bool nic_has_its_name = nic.netdev().name != uplink.parked;
    const bool goes_down = nic_has_its_name && !now.renames_live && nic.seen().link.up;
    bool taken = false;

    if (!uplink.holder_is_bridge())
        for (const HostLink& child : now.children)
            if (child.mac_follows_lower && child.link.mac)
                plan.emplace_back(PinMac{netdev_of(child.link), *child.link.mac});
    if (nic_has_its_name && uplink.holder_is_ours())
        plan.emplace_back(CopySettings{nic.netdev(), holder.netdev()});
    if (uplink.holder_is_ours()) // while it is up: of a NIC that is down the kernel does not tell what it has lost
        move_altnames(plan, uplink, nic, holder);
    if (goes_down) { // its routes would go, and the kernel's order with them
        if (now.nic_has_state)
            plan.emplace_back(TakeState{nic.netdev()});
        taken = true;
        plan.emplace_back(SetDown{nic.netdev()});
    }
    if (nic_has_its_name)
        plan.emplace_back(nic.rename(uplink.parked));
    if (holder.netdev().name != uplink.holder)
        rename(plan, holder, uplink.holder, now.renames_live);
    join(plan, nic, uplink.holder_is_bridge() ? holder : bridge);
    const bool gets_vlans = is_fixed(uplink) && give_vlans(plan, nic, bridge, now.nic_vlans, uplink.vlans.list);
    if (uplink.holder_is_bridge())
        set_up(plan, holder);
    if (now.nic_has_state && !taken)
        plan.emplace_back(TakeState{nic.netdev()});
    if (now.managers_wait)
        plan.emplace_back(TellManagers{nic.netdev()});
    if (uplink.mtu) // a change can cost the NIC its IPv6 addresses
        set_mtu(plan, nic, *uplink.mtu);
    if (!uplink.holder_is_bridge()) {
        if (!uplink.mac_is_fixed)
            set_mac(plan, nic, port_mac);
        else if ((!now.own_mac_forgotten || gets_vlans) && nic.seen().link.mac) // the kernel makes one per VLAN
            plan.emplace_back(ForgetMac{nic.netdev(), *nic.seen().link.mac});
        stop_arp(plan, nic);
    }
    stop_generating(plan, nic);
    if (!nic.seen().link.up || goes_down)
        plan.emplace_back(SetUp{nic.netdev()});
    if (uplink.holder_is_bridge() && !uplink.bridge_is_ours)
        set_mac(plan, holder, uplink.nic_mac);
    if (now.holder_lacks_state)
        plan.emplace_back(GiveState{holder.netdev(), other_names(uplink, holder.netdev().name)});
    if (uplink.holder_is_ours() && holder.seen().link.address_generation == AddressGeneration::none)
        generate_as(plan, holder, uplink.nic_address_generation);
    return plan;
}

UplinkPlan plan_switch_out(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan;
    if (!now.nic)
        return plan;
    Work nic(*now.nic);
    std::optional<Work> holder;
    if (now.holder)
        holder.emplace(*now.holder);
    const bool nic_is_parked = nic.netdev().name != uplink.netdev;
    const bool goes_down = nic_is_parked && !now.renames_live && nic.seen().link.up;
    const bool stood_in = holder && holder->netdev().name == uplink.holder;
    bool taken = false;
    bool copied = false;

    if (nic_is_parked && stood_in && uplink.holder_is_ours()) {
        plan.emplace_back(CopySettings{holder->netdev(), nic.netdev()});
        copied = true;
    }
    if (goes_down) {
        if (holder && now.holder_has_state)
            plan.emplace_back(TakeState{holder->netdev()});
        taken = true;
        plan.emplace_back(SetDown{nic.netdev()});
    }
    if (holder && nic_is_parked && holder->netdev().name == uplink.netdev)
        rename(plan, *holder, uplink.transient, now.renames_live);
    if (nic_is_parked)
        plan.emplace_back(nic.rename(uplink.netdev));
    if (holder && uplink.holder_is_ours())
        move_altnames(plan, uplink, *holder, nic);
    if (now.nic_master) // whoever has put it there by now: no port of a bridge can have addresses
        plan.emplace_back(Leave{nic.netdev(), netdev_of(now.nic_master->link)});
    if (holder && now.holder_has_state && !taken)
        plan.emplace_back(TakeState{holder->netdev()});
    set_mac(plan, nic, uplink.nic_mac);
    set_mtu(plan, nic, uplink.nic_mtu);
    if (!copied && nic.seen().flags.arp != uplink.nic_flags.arp)
        plan.emplace_back(SetArp{nic.netdev(), uplink.nic_flags.arp});
    // It may have been down, and the host configured later.
    const bool wanted_up = uplink.nic_up || (now.has_state && !uplink.nic_had_addresses);
    if (wanted_up && (!nic.seen().link.up || goes_down))
        plan.emplace_back(SetUp{nic.netdev()});
    if (now.nic_lacks_state)
        plan.emplace_back(GiveState{nic.netdev(), other_names(uplink, nic.netdev().name)});
    generate_as(plan, nic, uplink.nic_address_generation);
    if (!wanted_up && nic.seen().link.up && !goes_down)
        plan.emplace_back(SetDown{nic.netdev()});
    if (uplink.bridge_mac && now.bridge)
        set_mac(plan, Work(*now.bridge), *uplink.bridge_mac);
    return plan;
}

UplinkPlan plan_clear(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan;
    if (!uplink.holder_is_bridge()) { // either end takes the other along
        if (now.holder)
            plan.emplace_back(RemoveLink{netdev_of(now.holder->link)});
        else if (now.port)
            plan.emplace_back(RemoveLink{netdev_of(now.port->link)});
    }
    if (!now.bridge)
        return plan;
    if (uplink.bridge_is_ours) {
        if (guests_on(uplink, now).empty())
            plan.emplace_back(RemoveLink{netdev_of(now.bridge->link)});
        return plan;
    }
    filter_vlans_as_before(plan, uplink, now);
    if (!uplink.bridge_up && now.bridge->link.up)
        plan.emplace_back(SetDown{netdev_of(now.bridge->link)});
    return plan;
}

} // namespace vifplug
