// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/carried_vlans.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const IfIndex nic(2), bond(3), vif(7), bridge(10), other(11);

VlanList list(std::string_view text) {
    return parse_vlan_terms(text, "vlan");
}

TEST(CarriedVlans, ANicLacksWhatItDoesNotHaveInWhateverForm) {
    EXPECT_EQ(not_carried(list("1p/20/30u"), list("10p/20/30")), list("10"));
    EXPECT_TRUE(not_carried(list("1p/20/30u"), list("1p/20/30")).empty());
}

TEST(CarriedVlans, AddingAndTakingOffLeaveTheRest) {
    EXPECT_EQ(with_vlans(list("1p/5u"), list("10/20")), list("1p/5u/10/20"));
    EXPECT_EQ(without_vlans(list("1p/5u/10/20"), list("10/20")), list("1p/5u"));
}

TEST(CarriedVlans, PortsOfOneBridgeTogether) {
    const IfIndex second(8), foreign(9), elsewhere(12);
    const std::vector<PortVlans> ports{{vif, bridge, list("10p/20")},
                                       {second, bridge, list("20p")},
                                       {foreign, bridge, list("30p")},
                                       {elsewhere, other, list("40p")}};
    const VlanList together = vlans_together(ports, bridge, {vif, second, elsewhere});
    EXPECT_TRUE(not_carried(together, list("10/20")).empty());
    EXPECT_EQ(together.size(), 2U);
    EXPECT_TRUE(vlans_together(ports, bridge, {}).empty());
}

TEST(CarriedVlans, WhatNoPortHasAnyMoreIsUnused) {
    const CarriedVlans ours{nic, list("10/20/30")};
    const std::vector<PortVlans> ports{{nic, bridge, list("1p/10/20/30/40")}, {vif, bridge, list("20p")}};
    EXPECT_EQ(unused_on(ours, {ours}, ports), list("10/30"));
    EXPECT_TRUE(unused_on(ours, {ours}, {{vif, bridge, list("20p")}}).empty()) << "a NIC that is no port has none";
}

TEST(CarriedVlans, APortOfAnotherBridgeDoesNotUseThem) {
    const CarriedVlans ours{nic, list("10")};
    EXPECT_EQ(unused_on(ours, {ours}, {{nic, bridge, list("1p/10")}, {vif, other, list("10p")}}), list("10"));
}

TEST(CarriedVlans, AnotherNicThatCarriesThemForGuestsDoesNotUseThem) {
    const CarriedVlans one{nic, list("10/20")};
    const CarriedVlans two{bond, list("10")};
    const std::vector<PortVlans> ports{{nic, bridge, list("1p/10/20")}, {bond, bridge, list("1p/10/20")}};
    EXPECT_EQ(unused_on(one, {one, two}, ports), list("10")) << "20 was given to the bond by somebody else";
}

TEST(CarriedVlans, WhatBecameThePvidOrUntaggedIsSomebodyElses) {
    const CarriedVlans ours{nic, list("10/20/30")};
    EXPECT_EQ(unused_on(ours, {ours}, {{nic, bridge, list("10p/20u/30")}}), list("30"));
}

TEST(CarriedVlans, ARecordIsReadAsItWasWritten) {
    const CarriedVlans carried{nic, list("10-12/20")};
    const std::string line = format_carried(carried, "net:[4026531840]");
    EXPECT_EQ(line, "net:[4026531840] 2 10-12/20 .\n");
    EXPECT_EQ(parse_carried(line, "net:[4026531840]"), carried);
    EXPECT_FALSE(parse_carried(line, "net:[1]"));
    for (const char* bad : {"", "net:[4026531840] 2 10-12/2", "net:[4026531840] 0 10 .", "net:[4026531840] 2 4095 ."})
        EXPECT_FALSE(parse_carried(bad, "net:[4026531840]")) << bad;
}

} // namespace
} // namespace vifplug
