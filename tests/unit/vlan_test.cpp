// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

std::string refusal_of(std::string_view text) {
    try {
        return "taken as " + parse_vlan_list(text).str();
    } catch (const BadInput& bad) {
        return bad.what();
    }
}

std::string bridge_refusal_of(std::string_view text) {
    try {
        return parse_bridge_and_vlans(text) ? "taken" : "a name";
    } catch (const BadInput& bad) {
        return bad.what();
    }
}

std::string bridge_and_vlans(std::string_view text) {
    const auto found = parse_bridge_and_vlans(text);
    return found ? found->bridge.str() + " " + found->vlans.str() : "a name";
}

TEST(VlanList, L1_a_single_vlan_is_the_pvid) {
    for (const char* text : {"10", "10p", "10u", "10-10", "10+5x0"}) {
        const VlanList list = parse_vlan_list(text);
        EXPECT_EQ(list, VlanList::access(VlanId(10))) << text;
        EXPECT_EQ(list.ranges(), (std::vector<VlanRange>{{VlanId(10), VlanId(10), Tagging::untagged, true}})) << text;
    }
}

TEST(VlanList, L2_a_pvid_and_tagged_ones) {
    const VlanList list = parse_vlan_list("10p/20");
    EXPECT_EQ(list.ranges(), (std::vector<VlanRange>{{VlanId(10), VlanId(10), Tagging::untagged, true},
                                                     {VlanId(20), VlanId(20), Tagging::tagged, false}}));
}

TEST(VlanList, L3_ranges_tagged_and_untagged) {
    const VlanList list = parse_vlan_list("1p/10-15/20-25u");
    EXPECT_EQ(list.ranges(), (std::vector<VlanRange>{{VlanId(1), VlanId(1), Tagging::untagged, true},
                                                     {VlanId(10), VlanId(15), Tagging::tagged, false},
                                                     {VlanId(20), VlanId(25), Tagging::untagged, false}}));
    EXPECT_EQ(list.size(), 13u);
}

TEST(VlanList, L5_a_series_has_so_many_more) {
    EXPECT_EQ(parse_vlan_list("10p/100+10x4").str(), "10p/100/110/120/130/140");
    EXPECT_EQ(parse_vlan_list("10p/100+1x4u").str(), "10p/100-104u");
    EXPECT_EQ(parse_vlan_list("1p/2+1x4092").str(), "1p/2-4094");
}

TEST(VlanList, L4_refusals_name_the_term_and_the_rule) {
    constexpr std::string_view form = "a term is V, V1-V2 or V+OFFSETxCOUNT, then u, or p behind a single V";
    const std::string bad = std::string(form);
    EXPECT_EQ(refusal_of("10/20"), "vlan='10/20': one of several VLANs is the PVID, and has a p behind it");
    EXPECT_EQ(refusal_of("10-20"), "vlan='10-20': one of several VLANs is the PVID, and has a p behind it");
    EXPECT_EQ(refusal_of("10p/20p"), "vlan='10p/20p': in '20p', there is another PVID, 10, and a port has one");
    EXPECT_EQ(refusal_of("10p/10"), "vlan='10p/10': in '10', VLAN 10 is there more than once");
    EXPECT_EQ(refusal_of("10/10p"), "vlan='10/10p': in '10p', VLAN 10 is there more than once");
    EXPECT_EQ(refusal_of("1p/5-9/7"), "vlan='1p/5-9/7': in '7', VLAN 7 is there more than once");
    EXPECT_EQ(refusal_of("4095"), "vlan='4095': a VLAN is a number from 1 to 4094");
    EXPECT_EQ(refusal_of("0"), "vlan='0': a VLAN is a number from 1 to 4094");
    EXPECT_EQ(refusal_of("99999999999999999999"), "vlan='99999999999999999999': a VLAN is a number from 1 to 4094");
    EXPECT_EQ(refusal_of("1p/4090-4095"), "vlan='1p/4090-4095': in '4090-4095', a VLAN is a number from 1 to 4094");
    EXPECT_EQ(refusal_of("20-10"), "vlan='20-10': a range goes from the lower to the higher VLAN");
    EXPECT_EQ(refusal_of("5p-7"), "vlan='5p-7': " + bad);
    EXPECT_EQ(refusal_of("5-7p"), "vlan='5-7p': " + bad);
    EXPECT_EQ(refusal_of("5pu"), "vlan='5pu': " + bad);
    EXPECT_EQ(refusal_of("10p/"), "vlan='10p/': in '', " + bad);
    EXPECT_EQ(refusal_of(" 10"), "vlan=' 10': " + bad);
    EXPECT_EQ(refusal_of("-10"), "vlan='-10': " + bad);
    EXPECT_EQ(refusal_of("10,20"), "vlan='10,20': " + bad);
    EXPECT_EQ(refusal_of("10p/100+10"), "vlan='10p/100+10': in '100+10', a series is V+OFFSETxCOUNT");
    EXPECT_EQ(refusal_of("10p/100+0x4"), "vlan='10p/100+0x4': in '100+0x4', VLAN 100 is there more than once");
    for (const char* beyond : {"1p/4000+50x2", "1p/2+4294967295x1", "1p/2+1x4294967295"})
        EXPECT_NE(refusal_of(beyond).find("the series goes beyond VLAN 4094"), std::string::npos) << beyond;
}

TEST(VlanList, IsTheSameAfterBeingWrittenAndRead) {
    for (const char* text : {"10p", "10p/20", "1p/10-15/20-25u/30", "1p/2-4094", "1u/2p/3u", "1p/2u/3/4u/5"})
        EXPECT_EQ(parse_vlan_list(parse_vlan_list(text).str()), parse_vlan_list(text)) << text;
    EXPECT_EQ(parse_vlan_list("1u/2p/3u").str(), "1u/2p/3u");
}

TEST(VlanList, WhatAKernelsPortMayHaveIsPrintable) {
    VlanList list;
    EXPECT_EQ(list.str(), "none");
    list.add(VlanId(5), Tagging::tagged);
    list.set_pvid(VlanId(5));
    EXPECT_EQ(list.str(), "5p (tagged)");
    list.remove(VlanId(5));
    EXPECT_EQ(list, VlanList());
}

TEST(VlanList, TheDifferenceLeavesAloneWhatStays) {
    const VlanList from = parse_vlan_list("1p/10-20");
    const VlanList to = parse_vlan_list("10p/12-20/30");
    EXPECT_EQ(vlans_to_remove(from, to), (std::vector<VlanRange>{{VlanId(1), VlanId(1), Tagging::untagged, true},
                                                                 {VlanId(11), VlanId(11), Tagging::tagged, false}}));
    EXPECT_EQ(vlans_to_add(from, to), (std::vector<VlanRange>{{VlanId(10), VlanId(10), Tagging::untagged, true},
                                                              {VlanId(30), VlanId(30), Tagging::tagged, false}}));
    EXPECT_TRUE(vlans_to_remove(to, to).empty());
    EXPECT_TRUE(vlans_to_add(to, to).empty());
}

TEST(VlanList, ThePvidIsNeverPartOfARange) { // EINVAL in br_process_vlan_info()
    for (const VlanRange& range : parse_vlan_list("9u/10p/11-12u").ranges())
        EXPECT_TRUE(!range.pvid || range.first == range.last);
    EXPECT_EQ(parse_vlan_list("9u/10p/11-12u").ranges().size(), 3u);
}

TEST(BridgeAndVlans, TheThreeForms) {
    EXPECT_EQ(bridge_and_vlans("xenbr0.10"), "xenbr0 10p");
    EXPECT_EQ(bridge_and_vlans("xenbr0:20:30"), "xenbr0 20/30");
    EXPECT_EQ(bridge_and_vlans("xenbr0.5:20:30"), "xenbr0 5p/20/30");
    EXPECT_EQ(bridge_and_vlans("br.lan.7"), "br.lan 7p");
    EXPECT_EQ(bridge_and_vlans("br.lan:7"), "br.lan 7");
}

TEST(BridgeAndVlans, WhatHasAnotherFormIsAName) {
    for (const char* text : {"xenbr0", "br.lan", ".10", "xenbr0.", "xenbr0.0", "xenbr0.4095", "xenbr0.1x", ""})
        EXPECT_EQ(bridge_refusal_of(text), "a name") << text;
}

TEST(BridgeAndVlans, WhatCanBeNoNameHasToBeRight) {
    EXPECT_EQ(bridge_refusal_of("xenbr0:4095"), "bridge='xenbr0:4095': in '4095', a VLAN is a number from 1 to 4094");
    EXPECT_EQ(bridge_refusal_of("xenbr0.5:5"), "bridge='xenbr0.5:5': in '5', VLAN 5 is there more than once");
    EXPECT_NE(bridge_refusal_of("xenbr0:").find("in '', a term"), std::string::npos);
    EXPECT_NE(bridge_refusal_of("xenbr0:20-30").find("in '20-30', a term"), std::string::npos);
    EXPECT_NE(bridge_refusal_of(":20").find("1 to 15 bytes"), std::string::npos);
    EXPECT_NE(bridge_refusal_of("a-name-of-16-byt:20").find("1 to 15 bytes"), std::string::npos);
}

} // namespace
} // namespace vifplug
