// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan_bridge.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Names = std::vector<std::string>;

TEST(VlanBridge, NamesFitIntoFifteenBytes) {
    EXPECT_EQ(names_for_vlan("xenbr0", VlanId(10), IfIndex(5), 'b'), (Names{"xenbr0.10", "b10-5"}));
    EXPECT_EQ(names_for_vlan("a-long-bridge-0", VlanId(4094), IfIndex(5), 'd'), (Names{"a-long-bri.4094", "d4094-5"}));
    EXPECT_EQ(names_for_vlan("b", VlanId(4094), IfIndex(2000000000), 'd'), Names{"b.4094"});
    for (const std::string& name : names_for_vlan("123456789\xc3\xa4", VlanId(4094), IfIndex(1), 'd'))
        EXPECT_LE(name.size(), 15u);
    EXPECT_EQ(names_for_vlan("123456789\xc3\xa4", VlanId(4094), IfIndex(1), 'd')[0], "123456789.4094")
        << "no half letter";
}

TEST(VlanBridge, ARecordIsReadAsItWasWritten) {
    const VlanBridge bridge{IfIndex(2), VlanId(10), "peth0.10", "xenbr0.10"};
    const std::string line = format_vlan_bridge(bridge, "net:[1]");
    EXPECT_EQ(line, "net:[1] 2 10 peth0.10 xenbr0.10 .\n");
    EXPECT_EQ(parse_vlan_bridge(line, "net:[1]"), bridge);
    for (const char* bad : {"", "net:[2] 2 10 peth0.10 xenbr0.10 .", "net:[1] 2 10 peth0.10 xenbr0.10",
                            "net:[1] 0 10 peth0.10 xenbr0.10 .", "net:[1] 2 4095 peth0.10 xenbr0.10 ."})
        EXPECT_FALSE(parse_vlan_bridge(bad, "net:[1]")) << bad;
}

} // namespace
} // namespace vifplug
