// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/placed_port.hpp"

#include "a_link.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_bridge;
using test::a_vif;

const Link xenbr0 = a_bridge(2, "xenbr0");

PlacedPort place() {
    return {.port = {IfIndex(3), "vif7.0"},
            .bridge = netdev_of(xenbr0),
            .mtu = 1500,
            .name = std::nullopt,
            .vlans = std::nullopt};
}

Link in_place() {
    Link link = a_vif(3, "vif7.0");
    link.up = true;
    link.master = xenbr0.index;
    return link;
}

TEST(DriftOf, NothingWhereAllIsAsItShouldBe) {
    EXPECT_EQ(drift_of(in_place(), place()), std::nullopt);
}

TEST(DriftOf, NamesAllThatIsOther) {
    Link link = in_place();
    link.up = false;
    link.master.reset();
    link.mtu = 1400;
    link.mac = Mac{{2, 0, 0, 0, 0, 9}};
    EXPECT_EQ(drift_of(link, place()), "on no bridge instead of xenbr0, down, MTU 1400 instead of 1500, MAC "
                                       "02:00:00:00:00:09 instead of fe:ff:ff:ff:ff:ff");
}

TEST(DriftOf, ANameCountsOnlyWhereOneIsConfigured) {
    Link link = in_place();
    link.name = "web0";
    EXPECT_EQ(drift_of(link, place()), std::nullopt);
    PlacedPort named = place();
    named.name = IfName::parse("vifname", "shop0");
    EXPECT_EQ(drift_of(link, named), "named web0 instead of shop0");
}

TEST(DriftOf, TheBridgeItIsOnIsNamedWhereItIsKnown) {
    Link link = in_place();
    link.master = IfIndex(9);
    EXPECT_EQ(drift_of(link, place()), "on another bridge instead of xenbr0");
    const PortNow now{.link = link, .addresses = {}, .master = Netdev{IfIndex(9), "br9"}, .vlans = {}};
    EXPECT_EQ(drift_of(now, place()), "on br9 instead of xenbr0");
}

TEST(DriftOf, VlansCountOnlyWhereTheyAreConfigured) {
    const PortNow now{
        .link = in_place(), .addresses = {}, .master = netdev_of(xenbr0), .vlans = VlanList::access(VlanId(20))};
    EXPECT_EQ(drift_of(now, place()), std::nullopt);
    PlacedPort tagged = place();
    tagged.vlans = VlanList::access(VlanId(10));
    EXPECT_EQ(drift_of(now, tagged), "with VLANs 20p instead of 10p");
    PortNow elsewhere = now;
    elsewhere.link.master = IfIndex(9);
    elsewhere.master = Netdev{IfIndex(9), "br9"};
    EXPECT_EQ(drift_of(elsewhere, tagged), "on br9 instead of xenbr0"); // whose VLANs they are
}

} // namespace
} // namespace vifplug
