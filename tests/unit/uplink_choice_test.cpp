// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_choice.hpp"

#include "a_link.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_host_link;
using test::a_nic;

UplinkRequest about(const std::string& netdev) {
    UplinkRequest request;
    request.netdev = netdev;
    return request;
}

UplinkRequest with_bridge(UplinkRequest request, const std::string& bridge) {
    request.bridge = IfName::parse("bridge", bridge);
    return request;
}

UplinkRequest as_bridge(UplinkRequest request) {
    request.topology = Topology::bridge;
    return request;
}

UplinkRequest numbered(UplinkRequest request, unsigned vifnum) {
    request.vifnum = vifnum;
    return request;
}

UplinkSurroundings with(std::vector<HostLink> links) {
    return {.links = std::move(links), .default_route = std::nullopt, .set_up = {}, .planned = {}};
}

HostLink on(HostLink link, const HostLink& master) {
    link.link.master = master.link.index;
    return link;
}

HostLink above(HostLink link, const HostLink& lower) {
    link.lower = lower.link.index;
    return link;
}

Uplink chosen(const UplinkRequest& request, const UplinkSurroundings& around) {
    return std::get<ChosenUplink>(choose_uplink(request, around)).uplink;
}

std::string refused(const UplinkRequest& request, const UplinkSurroundings& around) {
    try {
        (void)choose_uplink(request, around);
    } catch (const BadInput& bad) {
        return bad.what();
    }
    return "not refused";
}

/// eth0 as it is once it is set up: what there is, and what is on record.
UplinkSurroundings set_up_eth0() {
    UplinkSurroundings around = with({a_nic(2, "eth0")});
    const Uplink uplink = chosen(about("eth0"), around);
    const HostLink bridge = a_host_link(5, "xenbr0", "bridge");
    around.links = {on(a_nic(2, "peth0"), bridge), bridge, a_host_link(6, "eth0", "veth"),
                    on(a_host_link(7, "vif0.0", "veth"), bridge)};
    around.set_up = {uplink};
    return around;
}

// --- which NIC ------------------------------------------------------------------------------------------------------

TEST(ChooseUplink, B17_without_a_default_route_it_is_eth0) {
    EXPECT_EQ(chosen({}, with({a_nic(3, "eth1"), a_nic(2, "eth0")})).nic, IfIndex(2));
    EXPECT_EQ(refused({}, with({a_nic(3, "eth1")})), "netdev='eth0': there is no such interface, nor a default route");
}

TEST(ChooseUplink, B18_the_default_routes_device_has_exactly_that_name) {
    for (const std::string name : {"enp3s0", "eth0.100", "br-lan", "bond0"}) {
        UplinkSurroundings around = with({a_nic(2, "eth0"), a_nic(3, "enp3"), a_nic(9, name)});
        around.default_route = IfIndex(9);
        const Uplink uplink = chosen({}, around);
        EXPECT_EQ(uplink.netdev, name);
        EXPECT_EQ(uplink.parked, "p" + name);
        EXPECT_EQ(uplink.holder, name);
        EXPECT_EQ(uplink.bridge, "xenbr0") << name << " is not letters and then digits";
    }
}

TEST(ChooseUplink, AnAltnameMeansTheNetdevThatHasIt) {
    HostLink nic = a_nic(2, "eth3");
    nic.altnames = {"enp3s0", "enx525400000002"};
    const Uplink uplink = chosen(about("enx525400000002"), with({nic}));
    EXPECT_EQ(uplink.netdev, "eth3");
    EXPECT_EQ(uplink.bridge, "xenbr3");
}

TEST(ChooseUplink, ANetdevThatIsNotThereIsRefused) {
    EXPECT_EQ(refused(about("eth7"), with({a_nic(2, "eth0")})), "netdev='eth7': there is no such interface");
}

TEST(ChooseUplink, WhatIsNoEthernetIsRefused) {
    HostLink loopback = a_nic(1, "lo");
    loopback.loopback = true;
    HostLink tunnel = a_nic(2, "wg0");
    tunnel.ethernet = false;
    for (const std::string name : {"lo", "wg0"})
        EXPECT_EQ(refused(about(name), with({loopback, tunnel})),
                  "netdev='" + name + "': not an Ethernet interface, and only those can be ports of a bridge");
}

TEST(ChooseUplink, ASlaveOfABondIsRefusedAndTheBondNamed) {
    const HostLink bond = a_host_link(5, "bond0", "bond");
    EXPECT_EQ(refused(about("eth0"), with({on(a_nic(2, "eth0"), bond), bond})),
              "netdev='eth0': it belongs to bond0, which would have to be the one on the bridge");
}

TEST(ChooseUplink, WhatCannotFollowTheHostIsRefusedByName) {
    const HostLink nic = a_nic(2, "eth0");
    for (const std::string kind : {"macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"})
        EXPECT_EQ(refused(about("eth0"), with({nic, above(a_host_link(8, "child0", kind), nic)})),
                  "netdev='eth0': child0, a " + kind +
                      ", sits on it, and no bridge takes such an interface for a port");
    EXPECT_EQ(refused(about("eth0"), with({nic, above(a_host_link(8, "vxlan7", "vxlan"), nic)})),
              "netdev='eth0': vxlan7, a vxlan, sits on it, and would stay with it and lose the host's addresses");
}

TEST(ChooseUplink, WhatSitsOnAnotherNicIsNoObstacleNorAreVlans) {
    const HostLink nic = a_nic(2, "eth0");
    const HostLink other = a_nic(3, "eth1");
    const UplinkSurroundings around = with({nic, other, above(a_host_link(8, "macvlan0", "macvlan"), other),
                                            above(a_host_link(9, "eth0.100", "vlan"), nic)});
    EXPECT_EQ(chosen(about("eth0"), around).nic, IfIndex(2));
}

TEST(ChooseUplink, APairsOtherEndDoesNotSitOnIt) {
    const HostLink nic = a_host_link(2, "eth0", "veth");
    EXPECT_EQ(chosen(about("eth0"), with({nic, above(a_host_link(3, "remote", "veth"), nic)})).nic, IfIndex(2));
}

// --- bridged already ------------------------------------------------------------------------------------------------

TEST(ChooseUplink, APortOfABridgeOrABridgeIsFineAsItIs) {
    const HostLink bridge = a_host_link(5, "br0", "bridge");
    const UplinkSurroundings around = with({on(a_nic(2, "eth0"), bridge), bridge});
    EXPECT_EQ(std::get<BridgedAlready>(choose_uplink(about("eth0"), around)).sentence,
              "eth0 is a port of bridge br0 already");
    EXPECT_EQ(std::get<BridgedAlready>(choose_uplink(about("br0"), around)).sentence, "br0 is a bridge already");
}

TEST(ChooseUplink, B2_B32_what_is_on_record_is_set_up_whichever_name_is_used) {
    const UplinkSurroundings around = set_up_eth0();
    for (const std::string name : {"eth0", "peth0", "xenbr0"})
        EXPECT_EQ(std::get<AlreadySetUp>(choose_uplink(about(name), around)).uplink.nic, IfIndex(2)) << name;
    EXPECT_TRUE(std::holds_alternative<AlreadySetUp>(choose_uplink(with_bridge(about("eth0"), "xenbr0"), around)));
    UplinkSurroundings behind_default = around;
    behind_default.default_route = IfIndex(6);
    EXPECT_TRUE(std::holds_alternative<AlreadySetUp>(choose_uplink({}, behind_default)));
}

TEST(ChooseUplink, ARequestThatContradictsTheRecordIsRefused) {
    EXPECT_EQ(refused(with_bridge(about("eth0"), "xenbr9"), set_up_eth0()),
              "bridge='xenbr9': eth0 is on xenbr0; stop that first");
}

// --- names ----------------------------------------------------------------------------------------------------------

TEST(ChooseUplink, TheNamesOfBothTopologies) {
    const UplinkSurroundings around = with({a_nic(2, "eth0")});
    const Uplink veth = chosen(about("eth0"), around);
    EXPECT_EQ(veth.parked, "peth0");
    EXPECT_EQ(veth.holder, "eth0");
    EXPECT_EQ(veth.bridge, "xenbr0");
    EXPECT_EQ(veth.port, "vif0.0");
    EXPECT_EQ(veth.transient, "vifplug");
    EXPECT_TRUE(veth.bridge_is_ours);
    const Uplink bridge = chosen(as_bridge(about("eth0")), around);
    EXPECT_EQ(bridge.parked, "peth0");
    EXPECT_EQ(bridge.holder, "eth0");
    EXPECT_EQ(bridge.bridge, "eth0");
    EXPECT_EQ(bridge.port, "");
    EXPECT_EQ(bridge.bridge_name_before(), "vifplug");
}

TEST(ChooseUplink, B5_a_bridge_with_a_name_of_its_own_holds_the_host) {
    const Uplink uplink = chosen(as_bridge(with_bridge(about("eth0"), "xenbr0")), with({a_nic(2, "eth0")}));
    EXPECT_EQ(uplink.bridge, "xenbr0");
    EXPECT_EQ(uplink.holder, "xenbr0");
    EXPECT_EQ(uplink.bridge_name_before(), "vifplug");
}

TEST(ChooseUplink, B6_a_bridge_that_has_nothing_to_do_with_it_is_no_obstacle) {
    EXPECT_EQ(chosen(about("eth0"), with({a_nic(2, "eth0"), a_host_link(5, "virbr0", "bridge")})).bridge, "xenbr0");
}

TEST(ChooseUplink, TheNumberIsThatOfANameOfLettersAndDigits) {
    const auto number_of = [](const std::string& name) { return chosen(about(name), with({a_nic(2, name)})).port; };
    EXPECT_EQ(number_of("eth3"), "vif0.3");
    EXPECT_EQ(number_of("bond12"), "vif0.12");
    for (const std::string name : {"enp3s0", "eth0.100", "br-lan", "lan", "e1x", "7"})
        EXPECT_EQ(number_of(name), "vif0.0") << name;
}

TEST(ChooseUplink, ANumberThatIsTakenMeansTheNextFreeOne) {
    const HostLink nic = a_nic(2, "eth0");
    EXPECT_EQ(chosen(about("eth0"), with({nic, a_nic(5, "vif0.0")})).bridge, "xenbr1") << "somebody's port";
    EXPECT_EQ(chosen(about("eth0"), with({nic, a_nic(5, "xenbr0")})).port, "vif0.1") << "no bridge";
    const HostLink bridge = a_host_link(5, "xenbr0", "bridge");
    EXPECT_EQ(chosen(about("eth0"), with({nic, bridge, on(a_nic(3, "eth1"), bridge)})).bridge, "xenbr1")
        << "another NIC's bridge";
    UplinkSurroundings of_another = with({a_nic(3, "enp3s0"), bridge});
    of_another.set_up = set_up_eth0().set_up; // whose port is gone for the moment
    EXPECT_EQ(chosen(about("enp3s0"), of_another).bridge, "xenbr1") << "another NIC's by our record";
}

TEST(ChooseUplink, ABridgeThatIsThereIsUsedAndLeftAtStop) {
    HostLink bridge = a_host_link(5, "xenbr0", "bridge");
    bridge.link.up = false;
    const UplinkSurroundings around = with({a_nic(2, "eth0"), bridge, on(a_nic(8, "vif3.0"), bridge)});
    const Uplink veth = chosen(about("eth0"), around);
    EXPECT_EQ(veth.bridge, "xenbr0");
    EXPECT_FALSE(veth.bridge_is_ours);
    EXPECT_FALSE(veth.bridge_up);
    EXPECT_FALSE(veth.bridge_mac.has_value()) << "its MAC address stays";
    const Uplink host = chosen(as_bridge(with_bridge(about("eth0"), "xenbr0")), around);
    EXPECT_FALSE(host.bridge_is_ours);
    EXPECT_EQ(host.bridge_mac, bridge.link.mac);
    EXPECT_EQ(host.bridge_name_before(), "xenbr0");
}

TEST(ChooseUplink, NamesThatWereAskedForAndAreTakenAreRefused) {
    HostLink other = a_nic(3, "eth1");
    const UplinkSurroundings around = with({a_nic(2, "eth0"), other, a_nic(5, "vif0.4")});
    EXPECT_EQ(refused(with_bridge(about("eth0"), "eth1"), around),
              "bridge='eth1': an interface of that name is there and is no bridge");
    EXPECT_EQ(refused(with_bridge(about("eth0"), "eth0"), around),
              "bridge='eth0': that is the NIC itself, and with topology=veth its name is for the host");
    EXPECT_EQ(refused(numbered(about("eth0"), 4), around), "vifnum='4': vif0.4 is there already");
    HostLink bridge = a_host_link(6, "br0", "bridge");
    bridge.altnames = {"guests"};
    EXPECT_EQ(refused(with_bridge(about("eth0"), "guests"), with({a_nic(2, "eth0"), bridge})),
              "bridge='guests': that is an altname of br0");
}

TEST(ChooseUplink, AnAltnameOfTheNicIsNoNameForItsBridge) {
    HostLink nic = a_nic(2, "eth0");
    nic.altnames = {"enp3s0"};
    EXPECT_EQ(refused(as_bridge(with_bridge(about("eth0"), "enp3s0")), with({nic})),
              "bridge='enp3s0': that is an altname of eth0");
}

TEST(ChooseUplink, NoTwoOfItsOwnNamesAreTheSame) {
    const UplinkSurroundings around = with({a_nic(2, "eth0")});
    for (const Topology topology : {Topology::veth, Topology::bridge})
        for (const std::string bridge : {"peth0", "vifplug"}) {
            UplinkRequest request = with_bridge(about("eth0"), bridge);
            request.topology = topology;
            const Uplink uplink = chosen(request, around);
            EXPECT_EQ(uplink.bridge, bridge);
            EXPECT_NE(uplink.parked, bridge);
            EXPECT_NE(uplink.transient, bridge);
            EXPECT_NE(uplink.transient, uplink.parked);
        }
    EXPECT_EQ(chosen(with_bridge(about("eth0"), "vif0.0"), around).port, "vif0.1");
    EXPECT_EQ(refused(numbered(with_bridge(about("eth0"), "vif0.0"), 0), around),
              "vifnum='0': the bridge shall be called vif0.0");
}

TEST(ChooseUplink, B20_a_name_of_15_bytes_is_shortened_and_that_is_said) {
    const std::string longest = "enp0s31f6np0abc";
    ASSERT_EQ(longest.size(), 15u);
    const auto choice = std::get<ChosenUplink>(choose_uplink(about(longest), with({a_nic(2, longest)})));
    EXPECT_EQ(choice.uplink.parked, "penp0s31f6np0ab");
    EXPECT_EQ(choice.remarks, (std::vector<std::string>{"enp0s31f6np0abc becomes penp0s31f6np0ab: penp0s31f6np0abc "
                                                        "would be longer than 15 bytes"}));
    const std::string shorter = longest.substr(0, 14);
    EXPECT_TRUE(std::get<ChosenUplink>(choose_uplink(about(shorter), with({a_nic(2, shorter)}))).remarks.empty());
}

TEST(ChooseUplink, ATakenParkingNameIsAvoidedAndThatIsSaid) {
    const auto choice =
        std::get<ChosenUplink>(choose_uplink(about("eth0"), with({a_nic(2, "eth0"), a_nic(3, "peth0")})));
    EXPECT_EQ(choice.uplink.parked, "peth00");
    EXPECT_EQ(choice.remarks, std::vector<std::string>{"eth0 becomes peth00: peth0 is taken"});
}

TEST(FreeName, StaysWithinFifteenBytesAndWholeCharacters) {
    EXPECT_EQ(free_name("peth0", {}), "peth0");
    EXPECT_EQ(free_name("peth0", {}, {"peth0", "peth00"}), "peth01");
    HostLink other = a_nic(3, "eth1");
    other.altnames = {"peth0"};
    EXPECT_EQ(free_name("peth0", {other}), "peth00") << "an altname is a name, too";
    EXPECT_EQ(free_name("penp0s31f6np0abc", {a_nic(3, "penp0s31f6np0ab")}), "penp0s31f6np0a0");
    EXPECT_EQ(free_name("12345678901234\xc3\xbc", {}), "12345678901234");
}

// --- several at once ------------------------------------------------------------------------------------------------

TEST(ChooseUplink, WhatTheSameCallChoseIsSpokenFor) {
    UplinkSurroundings around = with({a_nic(2, "enp2s0"), a_nic(3, "enp3s0")});
    around.planned.push_back(chosen(about("enp2s0"), around));
    const Uplink second = chosen(about("enp3s0"), around);
    EXPECT_EQ(second.bridge, "xenbr1");
    EXPECT_EQ(second.port, "vif0.1");
    EXPECT_EQ(second.transient, "vifplug0");
    EXPECT_EQ(refused(with_bridge(about("enp3s0"), "xenbr0"), around),
              "bridge='xenbr0': another interface of this call shall be on it");
    EXPECT_EQ(refused(numbered(with_bridge(about("enp3s0"), "br1"), 0), around), "vifnum='0': vif0.0 is there already");
}

TEST(ChooseUplink, WhatItWasLikeBeforeIsNotedDown) {
    HostLink nic = a_nic(2, "eth0");
    nic.link.mtu = 9000;
    nic.link.up = false;
    nic.flags.arp = false;
    UplinkRequest request = about("eth0");
    request.mtu = Mtu(1400);
    const Uplink uplink = chosen(request, with({nic}));
    EXPECT_EQ(uplink.nic_mac, *nic.link.mac);
    EXPECT_EQ(uplink.nic_mtu, 9000u);
    EXPECT_FALSE(uplink.nic_up);
    EXPECT_EQ(uplink.nic_flags, nic.flags);
    EXPECT_EQ(uplink.nic_address_generation, AddressGeneration::eui64);
    EXPECT_EQ(uplink.mtu, 1400u);
}

// --- which of those on record ---------------------------------------------------------------------------------------

UplinkSurroundings two_set_up() {
    UplinkSurroundings around = set_up_eth0();
    UplinkSurroundings alone = with({a_nic(3, "eth1")});
    around.set_up.push_back(chosen(as_bridge(about("eth1")), alone));
    HostLink bridge = a_host_link(9, "eth1", "bridge");
    HostLink nic = on(a_nic(3, "peth1"), bridge);
    around.links[2].altnames = {"enp2s0"};
    around.links.insert(around.links.end(), {nic, bridge});
    return around;
}

std::vector<int> found(const UplinkRequest& request, const UplinkSurroundings& around) {
    std::vector<int> nics;
    for (const Uplink& uplink : find_uplinks(request, around))
        nics.push_back(uplink.nic.number());
    return nics;
}

TEST(FindUplinks, ByAnyNameOrNumber) {
    const UplinkSurroundings around = two_set_up();
    for (const std::string name : {"eth0", "peth0", "enp2s0"})
        EXPECT_EQ(found(about(name), around), std::vector<int>{2}) << name;
    EXPECT_EQ(found(with_bridge({}, "xenbr0"), around), std::vector<int>{2});
    EXPECT_EQ(found(numbered({}, 0), around), std::vector<int>{2});
    EXPECT_EQ(found(with_bridge({}, "eth1"), around), std::vector<int>{3});
    EXPECT_TRUE(found(about("eth2"), around).empty());
    EXPECT_TRUE(found(with_bridge(about("eth0"), "eth1"), around).empty()) << "both keys have to fit";
}

TEST(FindUplinks, WithoutAWordItIsTheOnlyOneOrTheDefaultRoutes) {
    EXPECT_EQ(found({}, set_up_eth0()), std::vector<int>{2});
    EXPECT_TRUE(found({}, with({})).empty());
    UplinkSurroundings around = two_set_up();
    EXPECT_THROW((void)find_uplinks({}, around), BadInput);
    around.default_route = IfIndex(9);
    EXPECT_EQ(found({}, around), std::vector<int>{3});
}

// --- VLANs ----------------------------------------------------------------------------------------------------------

UplinkRequest filtering(UplinkRequest request, std::optional<bool> on, const std::string& vlans = "") {
    request.vlan_filtering = on;
    if (!vlans.empty())
        request.vlans = parse_uplink_vlans(vlans);
    return request;
}

HostLink a_bridge_with(const std::optional<BridgeVlanSettings>& settings) {
    HostLink bridge = a_host_link(5, "xenbr0", "bridge");
    bridge.link.vlan_settings = settings;
    return bridge;
}

TEST(ChooseUplink, FilteringWithoutAListIsAutomatic) {
    const Uplink plain = chosen(about("eth0"), with({a_nic(2, "eth0")}));
    EXPECT_FALSE(plain.vlan_filtering);
    EXPECT_EQ(plain.vlans, UplinkVlans());
    const Uplink uplink = chosen(filtering(about("eth0"), true), with({a_nic(2, "eth0")}));
    EXPECT_TRUE(uplink.vlan_filtering);
    EXPECT_EQ(uplink.vlans.kind, UplinkVlans::Kind::automatic);
    EXPECT_EQ(text_of(chosen(filtering(about("eth0"), true, "10p/20"), with({a_nic(2, "eth0")})).vlans), "10p/20");
}

TEST(ChooseUplink, VlansNeedABridgeThatFilters) {
    const auto around = [](bool filters) {
        return with({a_nic(2, "eth0"), a_bridge_with(BridgeVlanSettings{.filters = filters})});
    };
    EXPECT_EQ(refused(filtering(about("eth0"), {}, "10"), with({a_nic(2, "eth0")})),
              "vlans='10p': bridge xenbr0 would not filter VLANs, which vlan_filtering=yes turns on");
    EXPECT_EQ(refused(filtering(about("eth0"), {}, "auto"), around(false)),
              "vlans='auto': bridge xenbr0 does not filter VLANs, which vlan_filtering=yes turns on");
    const Uplink on_it = chosen(filtering(about("eth0"), {}, "10"), around(true));
    EXPECT_TRUE(on_it.vlan_filtering && on_it.bridge_filtered);
    const Uplink turned_on = chosen(filtering(about("eth0"), true), around(false));
    EXPECT_TRUE(turned_on.vlan_filtering && !turned_on.bridge_filtered);
    const Uplink as_it_is = chosen(about("eth0"), around(true));
    EXPECT_TRUE(!as_it_is.vlan_filtering && as_it_is.bridge_filtered);
}

TEST(ChooseUplink, ABridgeThatFiltersIsNotTurnedOff) {
    EXPECT_EQ(refused(filtering(about("eth0"), false),
                      with({a_nic(2, "eth0"), a_bridge_with(BridgeVlanSettings{.filters = true})})),
              "vlan_filtering='no': bridge xenbr0 filters VLANs, and without that its guests would see each other's");
    EXPECT_FALSE(chosen(filtering(about("eth0"), false), with({a_nic(2, "eth0"), a_bridge_with({})})).vlan_filtering);
}

TEST(ChooseUplink, ABridgeOfAKernelThatCannotFilterIsRefused) {
    EXPECT_EQ(refused(filtering(about("eth0"), true), with({a_nic(2, "eth0"), a_bridge_with({})})),
              "vlan_filtering='yes': the bridges of this kernel cannot filter VLANs");
}

TEST(ChooseUplink, ABridgeThatGivesItsPortsNoVlanNeedsAList) {
    const auto around = with({a_nic(2, "eth0"), a_bridge_with(BridgeVlanSettings{.filters = true, .default_pvid = 0})});
    EXPECT_EQ(refused(about("eth0"), around),
              "bridge='xenbr0': it filters VLANs and gives a new port none (vlan_default_pvid 0): a list in vlans= "
              "says which");
    EXPECT_EQ(text_of(chosen(filtering(about("eth0"), {}, "10"), around).vlans), "10p");
}

TEST(ChooseUplink, OtherVlansThanOnRecordAreRefused) {
    UplinkSurroundings around = set_up_eth0();
    EXPECT_EQ(refused(filtering(about("eth0"), true), around),
              "vlan_filtering='yes': eth0 is set up without it; stop that first");
    EXPECT_EQ(refused(filtering(about("eth0"), {}, "auto"), around),
              "vlans='auto': eth0 is set up without any; stop that first");
    around.set_up[0].vlan_filtering = true;
    around.set_up[0].vlans = parse_uplink_vlans("10p/20");
    EXPECT_EQ(refused(filtering(about("eth0"), false), around),
              "vlan_filtering='no': eth0 is set up with it; stop that first");
    EXPECT_EQ(refused(filtering(about("eth0"), true, "10p/21"), around),
              "vlans='10p/21': eth0 is set up with 10p/20; stop that first");
    EXPECT_EQ(refused(filtering(about("eth0"), true, "10p/20"), around), "not refused");
    EXPECT_EQ(refused(filtering(about("eth0"), true), around), "not refused");
}

TEST(ChooseUplink, OtherVlansInTheFileThanOnRecordAreRemarkedOn) {
    const UplinkSurroundings around = set_up_eth0();
    UplinkRequest request = filtering(about("eth0"), true, "10p/20");
    request.is_configured = true;
    EXPECT_EQ(std::get<AlreadySetUp>(choose_uplink(request, around)).remark,
              "eth0 is set up with vlan_filtering='no' and no vlans and stays so, while the configuration says "
              "vlan_filtering='yes' and vlans='10p/20': stop and start apply that");
    request = about("eth0");
    request.is_configured = true;
    EXPECT_EQ(std::get<AlreadySetUp>(choose_uplink(request, around)).remark, std::nullopt);
}

TEST(ChooseUplink, VlansForANicOnSomebodyElsesBridgeAreRemarkedOn) {
    const HostLink bridge = a_bridge_with(BridgeVlanSettings{.filters = false});
    const HostLink port = on(a_host_link(3, "veth1", "veth"), bridge);
    HostLink inside = above(a_host_link(4, "eth1", "veth"), port);
    const auto around = with({on(a_nic(2, "eth0"), bridge), port, inside, bridge});
    for (const std::string name : {"eth0", "eth1", "xenbr0"}) {
        const auto remark = std::get<BridgedAlready>(choose_uplink(filtering(about(name), true), around)).remark;
        EXPECT_EQ(remark, name + ": ignoring vlan_filtering='yes', since bridge xenbr0 is not of network-bridge's "
                                 "making");
        EXPECT_EQ(std::get<BridgedAlready>(choose_uplink(about(name), around)).remark, std::nullopt);
    }
}

} // namespace
} // namespace vifplug
