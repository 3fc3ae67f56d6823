// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_plan.hpp"

#include "a_link.hpp"
#include "core/overloaded.hpp"
#include "core/uplink_choice.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

namespace vifplug {
namespace {

using test::a_host_link;
using test::a_nic;
using Lines = std::vector<std::string>;
using Planner = std::function<UplinkPlan(const Uplink&, const UplinkNow&)>;

Lines lines(const UplinkPlan& plan) {
    Lines text;
    for (const UplinkStep& step : plan)
        text.push_back(describe(step));
    return text;
}

/// What a test varies.
struct Case {
    std::string name;
    Topology topology = Topology::veth;
    bool renames_live = true;
    bool mac_is_fixed = false;
    bool nic_is_up = true;
    bool bridge_is_there = false;
    bool bridge_is_up = true;
    std::optional<std::string> bridge;
    std::optional<unsigned> mtu;
    std::optional<bool> vlan_filtering = {};
    std::string vlans = {};
    bool bridge_filters = false;
};

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const Topology topology : {Topology::veth, Topology::bridge})
        for (const bool live : {true, false}) {
            const std::string name =
                std::string(name_of(topology)) + (live ? ", live renames" : ", renamed while down");
            const Case plain{.name = name, .topology = topology, .renames_live = live, .bridge = {}, .mtu = {}};
            const auto with = [&](const std::string& what, const std::function<void(Case&)>& change) {
                Case varied = plain;
                varied.name += ", " + what;
                change(varied);
                cases.push_back(varied);
            };
            cases.push_back(plain);
            with("fixed MAC", [](Case& c) { c.mac_is_fixed = true; });
            with("NIC down", [](Case& c) { c.nic_is_up = false; });
            with("another MTU", [](Case& c) { c.mtu = 1400; });
            with("bridge named", [](Case& c) { c.bridge = "br7"; });
            with("bridge there", [](Case& c) {
                c.bridge = "br7";
                c.bridge_is_there = true;
            });
            with("bridge there and down", [](Case& c) {
                c.bridge = "br7";
                c.bridge_is_there = true;
                c.bridge_is_up = false;
            });
            with("filtering", [](Case& c) { c.vlan_filtering = true; });
            with("a list of VLANs", [](Case& c) {
                c.vlan_filtering = true;
                c.vlans = "10p/20-30";
            });
            with("a list of VLANs, fixed MAC", [](Case& c) {
                c.vlan_filtering = true;
                c.vlans = "10p/20-30";
                c.mac_is_fixed = true;
            });
            with("a list of VLANs, bridge there", [](Case& c) {
                c.vlan_filtering = true;
                c.vlans = "10p/20-30";
                c.bridge = "br7";
                c.bridge_is_there = true;
            });
            with("a list of VLANs, bridge there that filters", [](Case& c) {
                c.vlans = "10p/20-30";
                c.bridge = "br7";
                c.bridge_is_there = true;
                c.bridge_filters = true;
            });
        }
    return cases;
}

/// As much of a host as the plans are about: they are carried out on values.
class World {
  public:
    explicit World(const Case& about) : renames_live_(about.renames_live), mac_is_fixed_(about.mac_is_fixed) {
        HostLink nic = a_nic(2, "eth0");
        nic.link.up = about.nic_is_up;
        nic.altnames = {"enp3s0"};
        nic.alias = "to the office";
        HostLink vlan = a_host_link(3, "eth0.100", "vlan");
        vlan.link.mac = nic.link.mac;
        vlan.lower = nic.link.index;
        vlan.mac_follows_lower = true;
        links_ = {nic, vlan};
        if (about.bridge_is_there)
            links_.push_back(knowing_vlans(a_host_link(4, *about.bridge, "bridge"), about.bridge_filters));
        links_.back().link.up = links_.back().link.up && about.bridge_is_up;
        UplinkRequest request;
        request.netdev = "eth0";
        request.topology = about.topology;
        if (about.bridge)
            request.bridge = IfName::parse("bridge", *about.bridge);
        if (about.mtu)
            request.mtu = Mtu(*about.mtu);
        request.vlan_filtering = about.vlan_filtering;
        if (!about.vlans.empty())
            request.vlans = parse_uplink_vlans(about.vlans);
        uplink_ = std::get<ChosenUplink>(choose_uplink(request, {links_, std::nullopt, {}, {}})).uplink;
        uplink_->mac_is_fixed = about.mac_is_fixed;
        if (about.bridge_is_there) {
            vlans_[4] = bridge_vlans();
            if (is_fixed() && !uplink_->holder_is_ours())
                uplink_->bridge_vlans = bridge_vlans();
        }
        state_on_ = nic.link.index;
    }

    const Uplink& uplink() const { return *uplink_; }
    void know_the_state() { state_is_known_ = true; }

    void note_what_it_has_by_now() { uplink_ = with_what_the_host_has(*uplink_, now()); }

    /// What an admin does, who may do anything.
    void change_by_hand(const UplinkStep& step) {
        const auto state_on = state_on_;
        state_on_.reset();
        perform(step);
        state_on_ = state_on;
    }

    UplinkNow now() const {
        UplinkNow now;
        now.nic = find(uplink_->nic);
        now.bridge = of_kind(uplink_->bridge, "bridge");
        if (!now.bridge)
            now.bridge = of_kind(uplink_->bridge_name_before(), "bridge");
        if (uplink_->holder_is_bridge()) {
            now.holder = now.bridge;
        } else if ((now.port = of_kind(uplink_->port, "veth"))) {
            now.holder = find(*now.port->lower);
        }
        for (const HostLink& link : links_) {
            if (link.link.kind == "vlan")
                now.children.push_back(link);
            if (now.bridge && link.link.master == std::optional(now.bridge->link.index))
                now.bridge_ports.push_back(link);
        }
        if (now.nic && now.nic->link.master)
            now.nic_master = find(*now.nic->link.master);
        if (is_fixed() && now.nic)
            now.nic_vlans = vlans_of(*now.nic);
        const auto& own = uplink_->holder_is_bridge() ? now.bridge : now.port;
        if (is_fixed() && own)
            now.own_vlans = vlans_of(*own);
        now.has_state = uplink_->nic_up; // a NIC that is down serves nobody
        now.renames_live = renames_live_;
        now.own_mac_forgotten = !own_entry_;
        now.nic_has_state = state_is_known_ && is_on(now.nic);
        now.nic_lacks_state = state_is_known_ && now.nic && !is_on(now.nic);
        now.holder_has_state = state_is_known_ && is_on(now.holder);
        now.holder_lacks_state = state_is_known_ && now.holder && !is_on(now.holder);
        return now;
    }

    void perform(const UplinkStep& step) {
        std::visit(overloaded{
                       [&](const Step& s) { change(s); },
                       [&](const MakeBridge& s) {
                           const HostLink link =
                               knowing_vlans(a_host_link(next_++, s.name, "bridge"), s.vlan_filtering);
                           vlans_[make(link, s.mac, s.mtu).link.index.number()] = VlanList::access(VlanId(1));
                       },
                       [&](const MakePair& s) { make_pair(s); },
                       [&](const RemoveLink& s) { remove(s.netdev); },
                       [&](const SetArp& s) { at(s.port).flags.arp = s.on; },
                       [&](const PinMac& s) { at(s.child).mac_follows_lower = false; },
                       [&](const CopySettings& s) { copy(at(s.from), at(s.to)); },
                       [&](const MoveAltnames& s) { move_altnames(s); },
                       [&](const ForgetMac& s) {
                           (void)at(s.port);
                           own_entry_ = false;
                       },
                       [&](const SetVlanFiltering& s) {
                           EXPECT_EQ(at(s.bridge).link.vlan_settings->filters, s.from);
                           at(s.bridge).link.vlan_settings->filters = s.to;
                       },
                       [&](const GiveVlans& s) { give_vlans(s); },
                       [&](const TakeState& s) {
                           EXPECT_EQ(state_on_, std::optional(at(s.from).link.index)) << "nothing to take there";
                           state_on_.reset();
                       },
                       [](const TellManagers&) {},
                       [&](const GiveState& s) { give(s); },
                   },
                   step);
    }

    /// All there is, for comparing. Whether a VLAN's MAC address follows its parent's cannot be told any more.
    Lines said() const {
        Lines text;
        for (const HostLink& link : links_) {
            std::string line = link.link.name + " " + std::to_string(link.link.index.number()) + " " + link.link.kind +
                               " " + link.link.mac->str() + " mtu " + std::to_string(link.link.mtu) +
                               (link.link.up ? " up" : " down") + (link.flags.arp ? "" : " noarp") + " mode " +
                               std::to_string(static_cast<int>(*link.link.address_generation)) + " alias " + link.alias;
            for (const std::string& name : link.altnames)
                line += " altname " + name;
            if (link.link.master)
                line += " on " + std::to_string(link.link.master->number());
            if (state_on_ == link.link.index)
                line += " the host's";
            if (link.link.vlan_settings && link.link.vlan_settings->filters)
                line += " filters";
            if (link.link.vlan_settings || link.link.master)
                line += " VLANs " + vlans_of(link).str();
            text.push_back(line);
        }
        std::sort(text.begin(), text.end());
        return text;
    }

  private:
    std::optional<HostLink> find(IfIndex index) const {
        for (const HostLink& link : links_)
            if (link.link.index == index)
                return link;
        return std::nullopt;
    }
    std::optional<HostLink> of_kind(const std::string& name, const std::string& kind) const {
        for (const HostLink& link : links_)
            if (link.link.name == name && link.link.kind == kind)
                return link;
        return std::nullopt;
    }
    static HostLink knowing_vlans(HostLink bridge, bool filters) {
        bridge.link.vlan_settings = BridgeVlanSettings{.filters = filters};
        return bridge;
    }
    /// Of somebody else's bridge: something that is not ours to touch.
    static VlanList bridge_vlans() {
        VlanList list = VlanList::access(VlanId(1));
        list.add(VlanId(77), Tagging::tagged);
        return list;
    }
    bool is_fixed() const { return uplink_->vlans.kind == UplinkVlans::Kind::fixed; }
    VlanList vlans_of(const HostLink& link) const {
        const auto found = vlans_.find(link.link.index.number());
        return found != vlans_.end() ? found->second : VlanList();
    }
    void give_vlans(const GiveVlans& step) {
        const HostLink& to = at(step.netdev);
        EXPECT_EQ(step.owner == VlanOwner::bridge, to.link.kind == "bridge");
        EXPECT_TRUE(to.link.kind == "bridge" || to.link.master.has_value()) << "a port only has VLANs";
        EXPECT_NE(vlans_of(to), step.vlans) << "nothing to do";
        vlans_[to.link.index.number()] = step.vlans;
        own_entry_ = own_entry_ || (mac_is_fixed_ && to.link.index == uplink_->nic);
    }
    bool is_on(const std::optional<HostLink>& link) const { return link && state_on_ == link->link.index; }

    HostLink& at(const Netdev& netdev) {
        for (HostLink& link : links_)
            if (link.link.index == netdev.index) {
                EXPECT_EQ(link.link.name, netdev.name) << "a step that calls it by another name";
                return link;
            }
        ADD_FAILURE() << "no " << netdev.name;
        throw std::logic_error("no " + netdev.name);
    }

    void expect_free(const std::string& name) const {
        for (const HostLink& link : links_) {
            EXPECT_NE(link.link.name, name);
            EXPECT_EQ(std::count(link.altnames.begin(), link.altnames.end(), name), 0) << name << " is an altname";
        }
    }

    HostLink& make(HostLink link, const Mac& mac, unsigned mtu) {
        expect_free(link.link.name);
        link.link.mac = mac;
        link.link.mtu = mtu;
        link.link.up = false;
        links_.push_back(link);
        return links_.back();
    }

    void make_pair(const MakePair& step) {
        const IfIndex end(next_++);
        const IfIndex port(next_++);
        make(a_host_link(end.number(), step.end, "veth"), step.end_mac, step.mtu).lower = port;
        make(a_host_link(port.number(), step.port, "veth"), port_mac, step.mtu).lower = end;
    }

    void remove(const Netdev& netdev) {
        const HostLink gone = at(netdev);
        EXPECT_NE(state_on_, std::optional(gone.link.index)) << "the host would go with it";
        std::erase_if(links_, [&](const HostLink& link) {
            return link.link.index == netdev.index || (gone.link.kind == "veth" && link.link.index == *gone.lower);
        });
    }

    void copy(const HostLink& from, HostLink& to) {
        to.flags = from.flags;
        to.alias = from.alias;
    }

    void move_altnames(const MoveAltnames& step) {
        auto& names = at(step.to).altnames;
        for (const std::string& name : step.names) {
            std::erase(at(step.from).altnames, name);
            EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << "it has that already";
            names.push_back(name);
        }
    }

    void give(const GiveState& step) {
        const HostLink& to = at(step.to);
        EXPECT_FALSE(state_on_.has_value()) << "still on another netdev";
        EXPECT_TRUE(to.link.up || !uplink_->nic_up) << "no route leads through " << to.link.name << " while it is down";
        const bool is_nic = to.link.index == uplink_->nic;
        if (is_fixed() && !is_nic) {
            const UplinkNow seen = now();
            EXPECT_EQ(*seen.nic_vlans, uplink_->vlans.list) << "before it carries the host's frames";
            EXPECT_EQ(seen.own_vlans->pvid(), uplink_->vlans.list.pvid());
        }
        EXPECT_EQ(to.link.name, is_nic ? uplink_->netdev : uplink_->holder);
        const auto& others = step.other_names;
        const std::string other = is_nic ? uplink_->holder : uplink_->netdev;
        EXPECT_EQ(std::count(others.begin(), others.end(), to.link.name), 0);
        EXPECT_TRUE(other == to.link.name || std::count(others.begin(), others.end(), other) == 1)
            << "the name that rules may name";
        state_on_ = to.link.index;
    }

    void change(const Step& step) {
        std::visit(overloaded{
                       [&](const SetUp& s) { at(s.port).link.up = true; },
                       [&](const SetDown& s) {
                           EXPECT_TRUE(state_on_ != at(s.port).link.index || !uplink_->nic_up)
                               << "routes would be lost";
                           at(s.port).link.up = false;
                       },
                       [&](const Rename& s) {
                           expect_free(s.to);
                           EXPECT_TRUE(renames_live_ || !at(s.port).link.up) << "this kernel refuses";
                           at(s.port).link.name = s.to;
                       },
                       [&](const SetMac& s) {
                           EXPECT_NE(state_on_, std::optional(at(s.port).link.index)) << "its neighbours would hear it";
                           EXPECT_FALSE(mac_is_fixed_ && s.port.index == uplink_->nic);
                           at(s.port).link.mac = s.to;
                       },
                       [&](const SetMtu& s) { at(s.port).link.mtu = s.to; },
                       [&](const SetAddressGeneration& s) { at(s.port).link.address_generation = s.to; },
                       [&](const StopIpv6& s) { at(s.port).link.ipv6 = false; },
                       [&](const AllowIpv6&) { ADD_FAILURE(); },
                       [&](const DropAddress&) { ADD_FAILURE(); },
                       [&](const AddAddress&) { ADD_FAILURE(); },
                       [&](const Join& s) {
                           EXPECT_FALSE(at(s.port).link.master.has_value());
                           at(s.port).link.master = at(s.master).link.index;
                           vlans_[s.port.index.number()] = VlanList::access(VlanId(1));
                           own_entry_ = own_entry_ || (mac_is_fixed_ && s.port.index == uplink_->nic);
                       },
                       [&](const Leave& s) {
                           at(s.port).link.master.reset();
                           vlans_.erase(s.port.index.number());
                       },
                       [](const ChangeVlans&) {},
                   },
                   step);
    }

    std::vector<HostLink> links_;
    std::map<int, VlanList> vlans_; ///< by number of port or bridge
    std::optional<Uplink> uplink_;
    std::optional<IfIndex> state_on_;
    bool state_is_known_ = false;
    bool renames_live_;
    bool mac_is_fixed_;
    bool own_entry_ = false;
    int next_ = 100;
};

/// Rounds of looking, planning and doing; `cut` sees the world before every step.
void settle(
    World& world, const Planner& plan, const std::function<void(const World&)>& cut = [](const World&) {}) {
    constexpr int enough = 4;
    for (int round = 0; round < enough; ++round) {
        const UplinkPlan steps = plan(world.uplink(), world.now());
        if (steps.empty())
            return;
        for (const UplinkStep& step : steps) {
            cut(world);
            world.perform(step);
        }
    }
    ADD_FAILURE() << "does not come to rest: " << describe(plan(world.uplink(), world.now()).front());
}

void set_up(
    World& world, const std::function<void(const World&)>& cut = [](const World&) {}) {
    settle(world, plan_build, cut);
    world.know_the_state();
    settle(world, plan_switch_in, cut);
}

void take_off(
    World& world, const std::function<void(const World&)>& cut = [](const World&) {}) {
    settle(world, plan_switch_out, cut);
    settle(world, plan_clear, cut);
}

TEST(UplinkPlan, FromNothingToSetUpAndBackWhateverTheHostIsLike) {
    for (const Case& each : all_cases()) {
        SCOPED_TRACE(each.name);
        World world(each);
        const Lines before = world.said();
        set_up(world);
        EXPECT_NE(world.said(), before);
        EXPECT_TRUE(world.now().holder_has_state);
        EXPECT_EQ(world.now().nic->link.name, "peth0");
        EXPECT_EQ(world.now().nic->link.master, std::optional(world.now().bridge->link.index));
        take_off(world);
        EXPECT_EQ(world.said(), before);
    }
}

TEST(UplinkPlan, B2_B32_the_second_run_plans_nothing) {
    for (const Case& each : all_cases()) {
        SCOPED_TRACE(each.name);
        World world(each);
        set_up(world);
        EXPECT_EQ(lines(plan_build(world.uplink(), world.now())), Lines());
        EXPECT_EQ(lines(plan_switch_in(world.uplink(), world.now())), Lines());
        take_off(world);
        EXPECT_EQ(lines(plan_switch_out(world.uplink(), world.now())), Lines());
        EXPECT_EQ(lines(plan_clear(world.uplink(), world.now())), Lines());
    }
}

TEST(UplinkPlan, B21_a_start_that_was_cut_anywhere_is_taken_back_or_goes_on) {
    for (const Case& each : all_cases()) {
        SCOPED_TRACE(each.name);
        World whole(each);
        const Lines before = whole.said();
        std::vector<World> cuts;
        set_up(whole, [&](const World& world) { cuts.push_back(world); });
        ASSERT_GT(cuts.size(), 5u);
        for (std::size_t n = 0; n < cuts.size(); ++n) {
            SCOPED_TRACE("before step " + std::to_string(n));
            World back = cuts[n];
            take_off(back);
            EXPECT_EQ(back.said(), before);
            World on = cuts[n];
            set_up(on);
            EXPECT_EQ(on.said(), whole.said());
        }
    }
}

TEST(UplinkPlan, B21_a_stop_that_was_cut_anywhere_is_taken_back_or_goes_on) {
    for (const Case& each : all_cases()) {
        SCOPED_TRACE(each.name);
        World whole(each);
        const Lines before = whole.said();
        set_up(whole);
        const Lines in_place = whole.said();
        std::vector<World> cuts;
        settle(whole, plan_switch_out, [&](const World& world) { cuts.push_back(world); });
        cuts.push_back(whole);
        for (std::size_t n = 0; n < cuts.size(); ++n) {
            SCOPED_TRACE("before step " + std::to_string(n));
            World back = cuts[n];
            set_up(back);
            EXPECT_EQ(back.said(), in_place);
            World on = cuts[n];
            take_off(on);
            EXPECT_EQ(on.said(), before);
        }
        settle(whole, plan_clear, [&](const World& world) {
            World on = world;
            take_off(on);
            EXPECT_EQ(on.said(), before);
        });
    }
}

TEST(UplinkPlan, WhatTheStandInHasByNowGoesBackToTheNic) {
    for (const Case& each : all_cases()) {
        if (each.bridge_is_there || each.mtu)
            continue;
        SCOPED_TRACE(each.name);
        World world(each);
        set_up(world);
        const Netdev holder = netdev_of(world.now().holder->link);
        const Mac own = *world.now().holder->link.mac;
        const Mac changed{{0x02, 0, 0, 0, 0, 0x77}};
        world.change_by_hand(SetMtu{holder, 1500, 1300});
        world.change_by_hand(SetMac{holder, Mac{}, changed});
        world.note_what_it_has_by_now();
        take_off(world);
        EXPECT_EQ(world.now().nic->link.mtu, 1300u);
        EXPECT_EQ(world.now().nic->link.mac, each.mac_is_fixed ? own : changed);
    }
}

TEST(UplinkPlan, WhatSomebodyElsesBridgeHasIsItsOwn) {
    World world(Case{.name = "", .topology = Topology::bridge, .bridge_is_there = true, .bridge = "br7", .mtu = {}});
    set_up(world);
    world.change_by_hand(SetMtu{netdev_of(world.now().holder->link), 1500, 1300});
    world.note_what_it_has_by_now();
    EXPECT_EQ(world.uplink().nic_mtu, 1500u);
}

TEST(UplinkPlan, TheStepsOfAStartWithAVethOfItsOwn) {
    World world(Case{.name = "", .bridge = {}, .mtu = {}});
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())),
              (Lines{"make bridge xenbr0, MAC address fe:ff:ff:ff:ff:ff, MTU 1500",
                     "make veth pair vifplug and vif0.0, MAC address of vifplug 52:54:00:00:00:02, MTU 1500"}));
    settle(world, plan_build);
    world.know_the_state();
    EXPECT_EQ(lines(plan_switch_in(world.uplink(), world.now())),
              (Lines{"fix the MAC address of eth0.100, 52:54:00:00:00:02", "copy the settings of eth0 to vifplug",
                     "move altnames to vifplug: enp3s0", "rename eth0 to peth0", "rename vifplug to eth0",
                     "add peth0 to bridge xenbr0", "take addresses and routes off peth0",
                     "set the MAC address of peth0 to fe:ff:ff:ff:ff:ff", "stop ARP on peth0",
                     "stop automatic IPv6 addresses on peth0", "put addresses and routes on eth0",
                     "allow automatic IPv6 addresses on eth0"}));
}

TEST(UplinkPlan, TheStepsOfAStartWhereTheBridgeIsTheHost) {
    World world(Case{.name = "", .topology = Topology::bridge, .bridge = {}, .mtu = {}});
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())),
              Lines{"make bridge vifplug, MAC address 52:54:00:00:00:02, MTU 1500"});
    settle(world, plan_build);
    world.know_the_state();
    EXPECT_EQ(lines(plan_switch_in(world.uplink(), world.now())),
              (Lines{"copy the settings of eth0 to vifplug", "move altnames to vifplug: enp3s0", "rename eth0 to peth0",
                     "rename vifplug to eth0", "add peth0 to bridge eth0", "set eth0 up",
                     "take addresses and routes off peth0", "stop automatic IPv6 addresses on peth0",
                     "put addresses and routes on eth0", "allow automatic IPv6 addresses on eth0"}));
}

TEST(UplinkPlan, B23_where_the_bridge_is_the_host_the_nic_keeps_its_mac) {
    for (const Case& each : all_cases()) {
        if (each.topology != Topology::bridge)
            continue;
        World world(each);
        const Mac mac = *world.now().nic->link.mac;
        set_up(world, [&](const World& cut) { EXPECT_EQ(cut.now().nic->link.mac, mac); });
        EXPECT_EQ(world.now().holder->link.mac, mac);
    }
}

TEST(UplinkPlan, AKernelThatDoesNotRenameLiveHasTheNicDownForTheRenameOnly) {
    World world(Case{.name = "", .topology = Topology::bridge, .renames_live = false, .bridge = {}, .mtu = {}});
    settle(world, plan_build);
    world.know_the_state();
    const Lines plan = lines(plan_switch_in(world.uplink(), world.now()));
    EXPECT_EQ(Lines(plan.begin() + 1, plan.begin() + 5),
              (Lines{"move altnames to vifplug: enp3s0", "take addresses and routes off eth0", "set eth0 down",
                     "rename eth0 to peth0"}));
    EXPECT_EQ(std::count(plan.begin(), plan.end(), "set peth0 up"), 1);
}

TEST(UplinkPlan, B28_a_bridge_with_a_guest_on_it_stays) {
    World world(Case{.name = "", .bridge = {}, .mtu = {}});
    set_up(world);
    UplinkNow now = world.now();
    EXPECT_TRUE(guests_on(world.uplink(), now).empty());
    HostLink vif = a_nic(50, "vif3.0");
    vif.link.master = now.bridge->link.index;
    now.bridge_ports.push_back(vif);
    EXPECT_EQ(guests_on(world.uplink(), now), Lines{"vif3.0"});
    EXPECT_EQ(lines(plan_clear(world.uplink(), now)), Lines{"remove eth0"});
}

TEST(UplinkPlan, WhatIsSaidBeforehandIsWhatIsDone) {
    for (const Case& each : all_cases()) {
        SCOPED_TRACE(each.name);
        World world(each);
        world.know_the_state();
        UplinkNow as_if = as_if_built(world.uplink(), world.now());
        as_if.holder_lacks_state = true;
        const Lines told = lines(plan_switch_in(world.uplink(), as_if));
        settle(world, plan_build);
        EXPECT_EQ(told, lines(plan_switch_in(world.uplink(), world.now())));
    }
}

Case with_vlans(Topology topology, const std::string& vlans) {
    return {.name = "", .topology = topology, .bridge = {}, .mtu = {}, .vlan_filtering = true, .vlans = vlans};
}

bool has_line(const Lines& plan, const std::string& line) {
    return std::count(plan.begin(), plan.end(), line) == 1;
}

TEST(UplinkPlan, WithAListTheNicHasItAsSoonAsItJoinsAndTheHostsPortThePvid) {
    World world(with_vlans(Topology::veth, "10p/20-30"));
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())).front(),
              "make bridge xenbr0, MAC address fe:ff:ff:ff:ff:ff, MTU 1500, which filters VLANs");
    Lines built;
    settle(world, [&](const Uplink& uplink, const UplinkNow& now) {
        const UplinkPlan plan = plan_build(uplink, now);
        for (const std::string& line : lines(plan))
            built.push_back(line);
        return plan;
    });
    EXPECT_TRUE(has_line(built, "give vif0.0 the VLANs 10p"));
    world.know_the_state();
    const Lines plan = lines(plan_switch_in(world.uplink(), world.now()));
    const auto joins = std::find(plan.begin(), plan.end(), "add peth0 to bridge xenbr0");
    ASSERT_TRUE(joins != plan.end() && joins + 1 != plan.end());
    EXPECT_EQ(joins[1], "give peth0 the VLANs 10p/20-30");
}

TEST(UplinkPlan, WithAListTheBridgeThatIsTheHostHasThePvidBeforeTheSwitch) {
    World world(with_vlans(Topology::bridge, "10p/20-30"));
    settle(world, plan_build);
    EXPECT_EQ(*world.now().own_vlans, VlanList::access(VlanId(10)));
    world.know_the_state();
    EXPECT_TRUE(has_line(lines(plan_switch_in(world.uplink(), world.now())), "give peth0 the VLANs 10p/20-30"));
}

TEST(UplinkPlan, AFixedMacIsForgottenAgainAfterEveryChangeOfTheNicsVlans) {
    Case about = with_vlans(Topology::veth, "1p/2-4094");
    about.mac_is_fixed = true;
    World world(about);
    set_up(world);
    EXPECT_TRUE(world.now().own_mac_forgotten);
    world.change_by_hand(GiveVlans{netdev_of(world.now().nic->link), VlanList::access(VlanId(1)), VlanOwner::port});
    EXPECT_EQ(
        lines(plan_switch_in(world.uplink(), world.now())),
        (Lines{"give peth0 the VLANs 1p/2-4094", "remove the bridge's own entry for 52:54:00:00:00:02 on peth0"}));
    settle(world, plan_switch_in);
    EXPECT_TRUE(world.now().own_mac_forgotten);
}

TEST(UplinkPlan, ASecondStartRepairsFilteringAndAListOfVlans) {
    for (const Topology topology : {Topology::veth, Topology::bridge}) {
        World world(with_vlans(topology, "10p/20"));
        set_up(world);
        const UplinkNow whole = world.now();
        const Netdev bridge = netdev_of(whole.bridge->link);
        world.change_by_hand(SetVlanFiltering{bridge, true, false});
        world.change_by_hand(GiveVlans{netdev_of(whole.nic->link), VlanList::access(VlanId(10)), VlanOwner::port});
        EXPECT_TRUE(has_line(lines(plan_build(world.uplink(), world.now())),
                             "turn VLAN filtering of bridge " + bridge.name + " on"));
        EXPECT_EQ(lines(plan_switch_in(world.uplink(), world.now())), Lines{"give peth0 the VLANs 10p/20"});
        set_up(world);
        EXPECT_EQ(*world.now().nic_vlans, world.uplink().vlans.list);
        EXPECT_TRUE(world.now().bridge->link.vlan_settings->filters);
    }
}

TEST(UplinkPlan, AutomaticallyTheVlansOfTheNicAreTheGuests) {
    World world(with_vlans(Topology::veth, "auto"));
    set_up(world);
    VlanList more = VlanList::access(VlanId(1));
    more.add(VlanId(33), Tagging::tagged);
    world.change_by_hand(GiveVlans{netdev_of(world.now().nic->link), more, VlanOwner::port});
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())), Lines());
    EXPECT_EQ(lines(plan_switch_in(world.uplink(), world.now())), Lines());
}

TEST(UplinkPlan, AnothersBridgeKeepsItsOtherVlansAndGetsBackWhatItHad) {
    Case about = with_vlans(Topology::bridge, "10p/20");
    about.bridge = "br7";
    about.bridge_is_there = true;
    World world(about);
    const Netdev bridge = netdev_of(world.now().bridge->link);
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())),
              (Lines{"give bridge br7 the VLANs 10p/77", "turn VLAN filtering of bridge br7 on"}));
    set_up(world);
    VlanList more = *world.now().own_vlans;
    more.add(VlanId(88), Tagging::tagged);
    world.change_by_hand(GiveVlans{bridge, more, VlanOwner::bridge});
    EXPECT_EQ(lines(plan_build(world.uplink(), world.now())), Lines()) << "what somebody else gives it is welcome";
    settle(world, plan_switch_out);
    EXPECT_EQ(lines(plan_clear(world.uplink(), world.now())),
              (Lines{"give bridge br7 the VLANs 1p/77/88", "turn VLAN filtering of bridge br7 off"}));
}

TEST(UplinkPlan, FilteringStaysOnWhileGuestsRelyOnIt) {
    Case about = with_vlans(Topology::veth, "auto");
    about.bridge = "br7";
    about.bridge_is_there = true;
    World world(about);
    set_up(world);
    settle(world, plan_switch_out);
    UplinkNow now = world.now();
    EXPECT_TRUE(has_line(lines(plan_clear(world.uplink(), now)), "turn VLAN filtering of bridge br7 off"));
    now.guests_are_apart = true;
    EXPECT_FALSE(has_line(lines(plan_clear(world.uplink(), now)), "turn VLAN filtering of bridge br7 off"));
}

TEST(UplinkPlan, ABridgeThatFilteredBeforeGoesOnDoingSo) {
    World world(Case{.name = "",
                     .bridge_is_there = true,
                     .bridge = "br7",
                     .mtu = {},
                     .vlan_filtering = true,
                     .bridge_filters = true});
    EXPECT_FALSE(has_line(lines(plan_build(world.uplink(), world.now())), "turn VLAN filtering of bridge br7 on"));
    set_up(world);
    take_off(world);
    EXPECT_TRUE(world.now().bridge->link.vlan_settings->filters);
}

TEST(UplinkPlan, WithoutTheNicThereIsNothingToPlan) {
    World world(Case{.name = "", .bridge = {}, .mtu = {}});
    UplinkNow now = world.now();
    now.nic.reset();
    EXPECT_TRUE(plan_build(world.uplink(), now).empty());
    EXPECT_TRUE(plan_switch_in(world.uplink(), now).empty());
    EXPECT_TRUE(plan_switch_out(world.uplink(), now).empty());
    EXPECT_FALSE(as_if_built(world.uplink(), now).bridge.has_value());
}

} // namespace
} // namespace vifplug
