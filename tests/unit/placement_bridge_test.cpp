// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/placement_bridge.hpp"

#include "a_link.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_bridge;
using test::a_vif;
using Lines = std::vector<std::string>;

const Link xenbr0 = a_bridge(2, "xenbr0");

PortWanted on(const Link& bridge) {
    return {.name = std::nullopt, .bridge = bridge, .mtu = std::nullopt, .vlans = std::nullopt};
}

PortNow fresh() {
    return {.link = a_vif(3, "vif7.0"), .addresses = {}, .master = std::nullopt, .vlans = VlanList()};
}

PortNow on_bridge(const Link& bridge) {
    PortNow now = fresh();
    now.link.up = true;
    now.link.master = bridge.index;
    now.master = netdev_of(bridge);
    return now;
}

Lines lines(const Plan& plan) {
    Lines text;
    for (const Step& step : plan)
        text.push_back(describe(step));
    return text;
}

TEST(PlanAttach, ANewVifJoinsAndGoesUp) {
    EXPECT_EQ(lines(plan_attach(on(xenbr0), fresh())), (Lines{"add vif7.0 to bridge xenbr0", "set vif7.0 up"}));
}

TEST(PlanAttach, NothingDiffersNothingToDo) {
    EXPECT_TRUE(plan_attach(on(xenbr0), on_bridge(xenbr0)).empty());
}

TEST(PlanAttach, V26_M6_mac_and_mtu_come_before_joining_and_up_is_last) {
    PortNow now = fresh();
    now.link.mac = Mac{{0x02, 0, 0, 0, 0, 1}};
    EXPECT_EQ(lines(plan_attach(on(a_bridge(2, "xenbr0", 9000)), now)),
              (Lines{"set the MAC address of vif7.0 to fe:ff:ff:ff:ff:ff", "set the MTU of vif7.0 to 9000",
                     "add vif7.0 to bridge xenbr0", "set vif7.0 up"}));
}

TEST(PlanAttach, V23_a_vif_elsewhere_is_moved_while_it_is_down) {
    EXPECT_EQ(lines(plan_attach(on(xenbr0), on_bridge(a_bridge(9, "br9")))),
              (Lines{"set vif7.0 down", "remove vif7.0 from br9", "add vif7.0 to bridge xenbr0", "set vif7.0 up"}));
}

TEST(PlanAttach, N1_a_new_name_is_given_while_it_is_down_and_used_from_then_on) {
    PortWanted want = on(xenbr0);
    want.name = IfName::parse("vifname", "web0");
    EXPECT_EQ(lines(plan_attach(want, fresh())),
              (Lines{"rename vif7.0 to web0", "add web0 to bridge xenbr0", "set web0 up"}));
    EXPECT_EQ(lines(plan_attach(want, on_bridge(xenbr0))),
              (Lines{"set vif7.0 down", "rename vif7.0 to web0", "set web0 up"}));
}

TEST(PlanAttach, N6_the_name_it_has_is_no_step) {
    PortWanted want = on(xenbr0);
    want.name = IfName::parse("vifname", "vif7.0");
    EXPECT_TRUE(plan_attach(want, on_bridge(xenbr0)).empty());
}

TEST(PlanAttach, V28_addresses_go_first_and_do_not_come_back) {
    PortNow now = fresh();
    now.link.address_generation = AddressGeneration::eui64;
    now.link.ipv6 = true;
    now.addresses = {{"192.0.2.1/24", {1}}, {"fe80::1/64", {2}}};
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)),
              (Lines{"remove address 192.0.2.1/24 from vif7.0", "remove address fe80::1/64 from vif7.0",
                     "stop IPv6 on vif7.0", "add vif7.0 to bridge xenbr0", "set vif7.0 up"}));
}

TEST(PlanAttach, AHostWithoutIpv6HasNothingToStop) {
    PortNow now = fresh();
    now.link.address_generation.reset();
    EXPECT_EQ(plan_attach(on(xenbr0), now).size(), 2u);
}

TEST(PlanAttach, Ipv6IsStoppedUnlessItIsOrCannotGiveAddresses) {
    PortNow now = on_bridge(xenbr0);
    now.link.address_generation = AddressGeneration::random;
    EXPECT_TRUE(plan_attach(on(xenbr0), now).empty());
    now.link.ipv6 = true;
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)), Lines{"stop IPv6 on vif7.0"});
    now.link.address_generation = AddressGeneration::none; // where /proc/sys cannot be written
    EXPECT_TRUE(plan_attach(on(xenbr0), now).empty());
}

TEST(PlanAttach, APortInUseIsCorrectedWithoutTakingItDown) {
    PortNow now = on_bridge(xenbr0);
    now.link.mtu = 1400;
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)), Lines{"set the MTU of vif7.0 to 1500"});
    now = on_bridge(xenbr0);
    now.link.up = false;
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)), Lines{"set vif7.0 up"});
}

TEST(PlanAttach, APortThatWasTakenOffItsBridgeJoinsAsItIs) {
    PortNow now = fresh();
    now.link.up = true;
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)), Lines{"add vif7.0 to bridge xenbr0"});
}

TEST(PlanAttach, APortThatIsToHaveVlansJoinsWhileItIsDown) {
    PortNow now = fresh();
    now.link.up = true;
    PortWanted want = on(a_bridge(2, "xenbr0"));
    want.bridge.vlan_settings = BridgeVlanSettings{true, 1};
    want.vlans = parse_vlan_list("1");
    EXPECT_EQ(lines(plan_attach(want, now)), (Lines{"set vif7.0 down", "add vif7.0 to bridge xenbr0",
                                                    "change the VLANs of vif7.0 from 1p to 1p", "set vif7.0 up"}));
}

// drivers/net/xen-netback/interface.c: eth_mac_addr(), without IFF_LIVE_ADDR_CHANGE
TEST(PlanAttach, ANetbackDeviceThatIsUpGoesDownForItsMac) {
    PortNow now = on_bridge(xenbr0);
    now.link.mac = Mac{{0x02, 0, 0, 0, 0, 1}};
    EXPECT_EQ(lines(plan_attach(on(xenbr0), now)),
              (Lines{"set vif7.0 down", "set the MAC address of vif7.0 to fe:ff:ff:ff:ff:ff", "set vif7.0 up"}));
}

TEST(PlanAttach, M2_the_configured_mtu_wins_over_the_bridges) {
    PortWanted want = on(xenbr0);
    want.mtu = Mtu(9000);
    EXPECT_EQ(wanted_mtu(want), 9000u);
    EXPECT_EQ(lines(plan_attach(want, on_bridge(xenbr0))), Lines{"set the MTU of vif7.0 to 9000"});
}

Link filtering(Link bridge, unsigned default_pvid = 1) {
    bridge.vlan_settings = BridgeVlanSettings{true, default_pvid};
    return bridge;
}

TEST(PlanAttach, L1_the_default_vlan_goes_between_joining_and_going_up) {
    PortWanted want = on(filtering(xenbr0));
    want.vlans = parse_vlan_list("10");
    EXPECT_EQ(lines(plan_attach(want, fresh())),
              (Lines{"add vif7.0 to bridge xenbr0", "change the VLANs of vif7.0 from 1p to 10p", "set vif7.0 up"}));
    want.bridge = filtering(xenbr0, 4000);
    EXPECT_EQ(lines(plan_attach(want, fresh()))[1], "change the VLANs of vif7.0 from 4000p to 10p");
    want.bridge = filtering(xenbr0, 0);
    EXPECT_EQ(lines(plan_attach(want, fresh()))[1], "change the VLANs of vif7.0 from none to 10p");
}

TEST(PlanAttach, AVlanThatTheBridgeGivesByItselfIsLookedAtAllTheSame) {
    PortWanted want = on(filtering(xenbr0));
    want.vlans = parse_vlan_list("1");
    EXPECT_EQ(lines(plan_attach(want, fresh()))[1], "change the VLANs of vif7.0 from 1p to 1p");
}

TEST(PlanAttach, L7_a_port_in_use_gets_other_vlans_without_going_down) {
    PortWanted want = on(filtering(xenbr0));
    want.vlans = parse_vlan_list("10p/20");
    PortNow now = on_bridge(xenbr0);
    now.vlans = parse_vlan_list("10p/20");
    EXPECT_TRUE(plan_attach(want, now).empty());
    now.vlans = parse_vlan_list("1p/20");
    EXPECT_EQ(lines(plan_attach(want, now)), Lines{"change the VLANs of vif7.0 from 1p/20 to 10p/20"});
}

TEST(PlanAttach, VlansOfAnotherBridgeDoNotComeAlong) {
    PortWanted want = on(filtering(xenbr0));
    want.vlans = parse_vlan_list("10");
    PortNow now = on_bridge(a_bridge(9, "br9"));
    now.vlans = parse_vlan_list("10");
    EXPECT_EQ(lines(plan_attach(want, now)),
              (Lines{"set vif7.0 down", "remove vif7.0 from br9", "add vif7.0 to bridge xenbr0",
                     "change the VLANs of vif7.0 from 1p to 10p", "set vif7.0 up"}));
}

TEST(PlanAttach, WithoutAWishTheVlansAreTheBridgesBusiness) {
    PortNow now = on_bridge(xenbr0);
    now.vlans = parse_vlan_list("30");
    EXPECT_TRUE(plan_attach(on(filtering(xenbr0)), now).empty());
    EXPECT_EQ(plan_attach(on(filtering(xenbr0)), fresh()).size(), 2u);
}

TEST(PlanDetach, TakesItDownAndOffWhateverItIsOn) {
    const PortNow now = on_bridge(a_bridge(9, "br9"));
    EXPECT_EQ(lines(plan_detach(now.link, now.master)), (Lines{"set vif7.0 down", "remove vif7.0 from br9"}));
    EXPECT_TRUE(plan_detach(fresh().link, std::nullopt).empty());
}

} // namespace
} // namespace vifplug
