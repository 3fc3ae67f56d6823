// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/step.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const Netdev vif{IfIndex(3), "vif7.0"};
const Netdev bridge{IfIndex(2), "xenbr0"};
const Address address{"192.0.2.1/24", {1, 2, 3}};

const std::vector<Step> one_of_each{SetUp{vif},
                                    SetDown{vif},
                                    Rename{vif, "web0"},
                                    SetMac{vif, Mac{{2, 0, 0, 0, 0, 1}}, port_mac},
                                    SetMtu{vif, 1500, 9000},
                                    SetAddressGeneration{vif, AddressGeneration::eui64, AddressGeneration::none},
                                    StopIpv6{vif, AddressGeneration::eui64},
                                    AllowIpv6{vif, AddressGeneration::eui64},
                                    DropAddress{vif, address},
                                    AddAddress{vif, address},
                                    Join{vif, bridge},
                                    Leave{vif, bridge},
                                    ChangeVlans{vif, parse_vlan_list("1"), parse_vlan_list("10p/20")}};

TEST(Step, EveryOneIsListedHere) {
    ASSERT_EQ(one_of_each.size(), std::variant_size_v<Step>);
    for (std::size_t i = 0; i < one_of_each.size(); ++i)
        EXPECT_EQ(one_of_each[i].index(), i);
}

TEST(Step, EveryOneSpeaksAndNamesTheNetdev) {
    std::vector<std::string> told;
    for (const Step& step : one_of_each)
        told.push_back(describe(step));
    EXPECT_EQ(told, (std::vector<std::string>{
                        "set vif7.0 up", "set vif7.0 down", "rename vif7.0 to web0",
                        "set the MAC address of vif7.0 to fe:ff:ff:ff:ff:ff", "set the MTU of vif7.0 to 9000",
                        "stop automatic IPv6 addresses on vif7.0", "stop IPv6 on vif7.0", "allow IPv6 on vif7.0",
                        "remove address 192.0.2.1/24 from vif7.0", "add address 192.0.2.1/24 to vif7.0",
                        "add vif7.0 to bridge xenbr0", "remove vif7.0 from xenbr0",
                        "change the VLANs of vif7.0 from 1p to 10p/20"}));
}

TEST(Step, NamesOfOthersAreMadePrintable) {
    EXPECT_EQ(describe(vifplug::SetUp{{IfIndex(3), "a\nb"}}), "set a\\x0ab up");
}

TEST(Step, TakingBackTwiceIsTheStepItself) {
    for (const Step& step : one_of_each) {
        EXPECT_EQ(describe(reverse(reverse(step))), describe(step));
        EXPECT_NE(describe(reverse(step)), describe(step));
    }
    EXPECT_EQ(describe(reverse(Rename{vif, "web0"})), "rename web0 to vif7.0");
    EXPECT_EQ(describe(reverse(SetMtu{vif, 1500, 9000})), "set the MTU of vif7.0 to 1500");
}

TEST(Step, AnMtuThatIpv6CanDoWithBringsIpv6) {
    EXPECT_TRUE(brings_something_new(SetMtu{vif, 1279, 1280}));
    EXPECT_FALSE(brings_something_new(SetMtu{vif, 1280, 1500}));
    EXPECT_FALSE(brings_something_new(SetMtu{vif, 1000, 1279}));
    EXPECT_FALSE(brings_something_new(vifplug::SetUp{vif}));
}

TEST(Step, V27_M3_only_what_the_port_works_without_may_be_refused) {
    for (const Step& step : one_of_each)
        EXPECT_EQ(may_be_refused(step), std::holds_alternative<SetMac>(step) || std::holds_alternative<SetMtu>(step) ||
                                            std::holds_alternative<SetAddressGeneration>(step) ||
                                            std::holds_alternative<StopIpv6>(step))
            << describe(step);
}

} // namespace
} // namespace vifplug
