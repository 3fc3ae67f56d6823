// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_step.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const Netdev nic{IfIndex(2), "peth0"};
const Netdev holder{IfIndex(7), "eth0"};
const Mac mac{{0x52, 0x54, 0, 0, 0, 2}};

const std::vector<UplinkStep> one_of_each{Rename{holder, "peth0"},
                                          MakeBridge{"xenbr0", port_mac, 1500},
                                          MakePair{"vifplug", "vif0.0", mac, 9000},
                                          RemoveLink{holder},
                                          SetArp{nic, false},
                                          PinMac{{IfIndex(9), "eth0.100"}, mac},
                                          CopySettings{nic, holder},
                                          MoveAltnames{nic, holder, {"enp3s0", "a\nb"}},
                                          ForgetMac{nic, mac},
                                          SetVlanFiltering{{IfIndex(5), "xenbr0"}, false, true},
                                          GiveVlans{nic, VlanList::access(VlanId(10))},
                                          TakeState{nic},
                                          TellManagers{nic},
                                          GiveState{holder, {}}};

TEST(UplinkStep, EveryOneIsListedHere) {
    ASSERT_EQ(one_of_each.size(), std::variant_size_v<UplinkStep>);
    for (std::size_t i = 0; i < one_of_each.size(); ++i)
        EXPECT_EQ(one_of_each[i].index(), i);
}

TEST(UplinkStep, EveryOneSpeaksAndNamesTheNetdev) {
    std::vector<std::string> told;
    for (const UplinkStep& step : one_of_each)
        told.push_back(describe(step));
    EXPECT_EQ(told, (std::vector<std::string>{
                        "rename eth0 to peth0", "make bridge xenbr0, MAC address fe:ff:ff:ff:ff:ff, MTU 1500",
                        "make veth pair vifplug and vif0.0, MAC address of vifplug 52:54:00:00:00:02, MTU 9000",
                        "remove eth0", "stop ARP on peth0", "fix the MAC address of eth0.100, 52:54:00:00:00:02",
                        "copy the settings of peth0 to eth0", "move altnames to eth0: enp3s0, a\\x0ab",
                        "remove the bridge's own entry for 52:54:00:00:00:02 on peth0",
                        "turn VLAN filtering of bridge xenbr0 on", "give peth0 the VLANs 10p",
                        "take addresses and routes off peth0", "tell who configures peth0",
                        "put addresses and routes on eth0"}));
}

TEST(UplinkStep, ArpIsStoppedOrAllowed) {
    EXPECT_EQ(describe(SetArp{nic, true}), "allow ARP on peth0");
}

TEST(UplinkStep, VlansAreFilteredOrNotAndABridgeHasItsOwn) {
    EXPECT_EQ(describe(SetVlanFiltering{{IfIndex(5), "xenbr0"}, true, false}),
              "turn VLAN filtering of bridge xenbr0 off");
    EXPECT_EQ(describe(GiveVlans{holder, VlanList::access(VlanId(10)), VlanOwner::bridge}),
              "give bridge eth0 the VLANs 10p");
    EXPECT_EQ(describe(MakeBridge{"xenbr0", port_mac, 1500, true}),
              "make bridge xenbr0, MAC address fe:ff:ff:ff:ff:ff, MTU 1500, which filters VLANs");
}

TEST(UplinkStep, NamesOfOthersAreMadePrintable) {
    EXPECT_EQ(describe(RemoveLink{{IfIndex(3), "a\nb"}}), "remove a\\x0ab");
    EXPECT_EQ(describe(TakeState{{IfIndex(3), "a\x1b"}}), "take addresses and routes off a\\x1b");
}

} // namespace
} // namespace vifplug
