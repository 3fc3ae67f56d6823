// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/bring_up.hpp"

#include "app/carry_out.hpp"
#include "app/take_down.hpp"
#include "core/error.hpp"
#include "flow_world.hpp"

#include <cerrno>

namespace vifplug {
namespace {

class BringUp : public test::FlowWorld {
  protected:
    std::string failure() {
        try {
            bring_up(call(Verb::online), machine());
            return "";
        } catch (const std::exception& failed) {
            return failed.what();
        }
    }
};

TEST_F(BringUp, PlacesTheVifAndTellsOfIt) {
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.find("vif7.0")->master, links.find("xenbr0")->index);
    EXPECT_EQ(store.read("backend/vif/7/0/hotplug-status"), "connected");
    EXPECT_EQ(store.read("/local/domain/7/device/vif/0/mtu"), "1500");
}

TEST_F(BringUp, TheSecondTimeDoesNothing) {
    ASSERT_EQ(failure(), "");
    const std::size_t steps = links.performed();
    const auto nodes = store.nodes();
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.performed(), steps);
    EXPECT_EQ(store.nodes(), nodes);
}

TEST_F(BringUp, AnyStepThatFailsLeavesTheWorldAsItWas) {
    store.write("backend/vif/7/0/vifname", "web0");
    links.give_address("vif7.0", {"192.0.2.1/24", {1}});
    const std::string before = links.picture();
    const auto nodes = store.nodes();
    for (std::size_t n = 0;; ++n) {
        ASSERT_LT(n, 20u);
        links.fail_at(links.performed() + n, EPERM);
        const std::string failed = failure();
        if (failed.empty() && links.find("web0") && links.find("web0")->up)
            break; // all steps were made, or the one that failed may be refused
        EXPECT_NE(failed.find(": Operation not permitted; undone: "), std::string::npos) << failed;
        EXPECT_EQ(links.picture(), before) << failed;
        EXPECT_EQ(store.nodes(), nodes) << failed;
    }
}

class BringUpWithVlans : public BringUp {
  protected:
    BringUpWithVlans() {
        links.set_vlan_settings("xenbr0", {true, 1});
        store.write("backend/vif/7/0/vlan", "10p/20");
    }

    std::string vlans() { return links.vlans(links.find("vif7.0")->index).str(); }
};

TEST_F(BringUpWithVlans, L1_L2_the_port_has_those_and_no_other) {
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "10p/20");
    EXPECT_TRUE(links.find("vif7.0")->up);
}

TEST_F(BringUpWithVlans, L7_a_second_run_repairs_them_and_a_third_finds_nothing_to_do) {
    ASSERT_EQ(failure(), "");
    const Link port = *links.find("vif7.0");
    links.perform(ChangeVlans{netdev_of(port), parse_vlan_list("10p/20"), parse_vlan_list("1")});
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "10p/20");
    const std::size_t steps = links.performed();
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.performed(), steps);
}

TEST_F(BringUpWithVlans, OtherVlansAreGivenWithoutTakingItDown) {
    ASSERT_EQ(failure(), "");
    store.write("backend/vif/7/0/vlan", "10p/30");
    const std::size_t steps = links.performed();
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "10p/30");
    EXPECT_EQ(links.performed(), steps + 1);
}

TEST_F(BringUpWithVlans, WithoutTheNodeItGoesBackToTheBridgesOwnOnce) {
    ASSERT_EQ(failure(), "");
    store.write("backend/vif/7/0/vlan", "");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "1p");
    // What somebody else gives it from then on is none of our business.
    const Link port = *links.find("vif7.0");
    links.perform(ChangeVlans{netdev_of(port), parse_vlan_list("1"), parse_vlan_list("30")});
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "30p");
}

TEST_F(BringUpWithVlans, AnyStepThatFailsLeavesTheWorldAsItWas) {
    const std::string before = links.picture();
    for (std::size_t n = 0;; ++n) {
        ASSERT_LT(n, 20u);
        links.fail_at(links.performed() + n, EPERM);
        const std::string failed = failure();
        if (failed.empty() && links.find("vif7.0")->up)
            break;
        EXPECT_EQ(links.picture(), before) << failed;
    }
    EXPECT_EQ(vlans(), "10p/20");
}

TEST_F(BringUpWithVlans, L6_a_bridge_that_does_not_filter_is_refused_and_the_sentence_says_what_to_do) {
    links.set_vlan_settings("xenbr0", {false, 1});
    const std::string before = links.picture();
    EXPECT_EQ(failure(), "vlan='10p/20': bridge xenbr0 does not filter VLANs and would let all of them through; "
                         "\"ip link set dev xenbr0 type bridge vlan_filtering 1\" turns that on");
    EXPECT_EQ(links.picture(), before);
}

TEST_F(BringUpWithVlans, AVlanThatADeviceOnTheUplinkTakesIsRefused) {
    const Link nic = links.add("peth0", "");
    links.add_vlan_device({"eth0.20", IfIndex(99), nic.index, VlanId(20)});
    EXPECT_EQ(failure(), ""); // peth0 is no port of this bridge
    links.perform(Join{netdev_of(nic), netdev_of(*links.find("xenbr0"))});
    EXPECT_EQ(failure(), "vlan='10p/20': eth0.20 takes the frames of VLAN 20 from peth0 before they come to bridge "
                         "xenbr0");
    store.write("backend/vif/7/0/vlan", "10p/21");
    EXPECT_EQ(failure(), "");
}

TEST_F(BringUpWithVlans, BehindTheBridgesNameTheyCountWhereNoLinkBearsTheWhole) {
    store.write("backend/vif/7/0/vlan", "");
    store.write("backend/vif/7/0/bridge", "xenbr0.5:20");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "5p/20");
    store.write("backend/vif/7/0/bridge", "xenbr0.6");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "6p");
    links.add("xenbr0.6", "bridge");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.find("vif7.0")->master, links.find("xenbr0.6")->index);
}

TEST_F(BringUpWithVlans, BothWaysHaveToAgree) {
    store.write("backend/vif/7/0/bridge", "xenbr0.10:20");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(vlans(), "10p/20");
    store.write("backend/vif/7/0/bridge", "xenbr0.10");
    EXPECT_EQ(failure(), "vlan='10p/20': behind the bridge's name there are others, 10p");
}

class BringUpWithAnUplink : public BringUpWithVlans {
  protected:
    BringUpWithAnUplink() : nic(links.add("peth0", "")) {
        links.perform(Join{netdev_of(nic), netdev_of(*links.find("xenbr0"))});
        say(UplinkVlans::Kind::automatic);
    }

    void say(UplinkVlans::Kind kind, const VlanList& list = {}) {
        Uplink uplink(nic.index);
        uplink.vlans = {kind, list};
        uplink.mac_is_fixed = true;
        uplinks.records = {{uplink, {}, std::nullopt}};
    }

    std::string carried() { return links.vlans(nic.index).str(); }
    void offline() { take_down(call(Verb::offline), machine()); }

    /// Another guest's port, which has these.
    void add_guest(const std::string& name, const std::string& vlans) {
        const Link port = links.add(name, "veth");
        links.perform(Join{netdev_of(port), netdev_of(*links.find("xenbr0"))});
        links.perform(ChangeVlans{netdev_of(port), parse_vlan_list("1"), parse_vlan_list(vlans)});
    }

    const Link nic;
};

TEST_F(BringUpWithAnUplink, TheNicCarriesTheVlansOfItsGuestsWhileThereAreAny) {
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p/10/20");
    EXPECT_EQ(links.forgotten(), parse_vlan_terms("10/20", "vlans")) << "its MAC is the host's";
    add_guest("vif8.0", "20");
    offline();
    EXPECT_EQ(carried(), "1p/20") << "the other guest's stays";
    links.remove("vif8.0");
    EXPECT_EQ(failure(), "");
    offline();
    EXPECT_EQ(carried(), "1p");
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(BringUpWithAnUplink, AGuestWhoseNetdevIsGoneLeavesNothingEither) {
    ASSERT_EQ(failure(), "");
    links.remove("vif7.0");
    offline();
    EXPECT_EQ(carried(), "1p");
}

TEST_F(BringUpWithAnUplink, WhatTheNicHadBeforeIsNotOurs) {
    links.perform(ChangeVlans{netdev_of(nic), parse_vlan_list("1"), parse_vlan_list("10p/20")});
    EXPECT_EQ(failure(), "");
    offline();
    EXPECT_EQ(carried(), "10p/20");
}

TEST_F(BringUpWithAnUplink, OtherVlansOfARunningVifAreFollowed) {
    ASSERT_EQ(failure(), "");
    store.write("backend/vif/7/0/vlan", "10p/30");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p/10/30");
    store.write("backend/vif/7/0/vlan", "");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p");
}

TEST_F(BringUpWithAnUplink, AVifThatDoesNotComeLeavesNothing) {
    store.remove_before_change("backend/vif/7/0");
    EXPECT_NE(failure(), "");
    EXPECT_EQ(carried(), "1p");
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(BringUpWithAnUplink, ANicWithAListOfItsOwnIsLeftAlone) {
    say(UplinkVlans::Kind::fixed, parse_vlan_list("1p/30-40"));
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p");
    say(UplinkVlans::Kind::untouched);
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p");
}

TEST_F(BringUpWithAnUplink, TheFileSpeaksForABridgeThatSomebodyElseMade) {
    uplinks.records.clear();
    UplinkRequest request;
    request.netdev = "peth0";
    request.vlans = UplinkVlans{UplinkVlans::Kind::automatic, {}};
    uplinks.configuration.bridges = {request};
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(carried(), "1p/10/20");
}

class BringUpInDeviceMode : public BringUpWithAnUplink {
  protected:
    BringUpInDeviceMode() {
        links.set_vlan_settings("xenbr0", {false, 1});
        store.write("backend/vif/7/0/vlan", "10");
        uplinks.records.front().uplink.vlan_mode = VlanMode::device;
    }

    std::string bridge_of(const std::string& port) {
        const auto link = links.find(port);
        return link && link->master ? links.find(*link->master)->name : "";
    }
};

TEST_F(BringUpInDeviceMode, TheVifGoesOnTheBridgeOfItsVlanWhichGoesWithTheLastOne) {
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(bridge_of("vif7.0"), "xenbr0.10");
    EXPECT_EQ(bridge_of("peth0.10"), "xenbr0.10");
    EXPECT_TRUE(links.find("vif7.0")->up);
    EXPECT_EQ(failure(), "") << "again";
    EXPECT_EQ(bridge_of("vif7.0"), "xenbr0.10");

    const Link other = links.add("vif8.0", "veth");
    links.perform(Join{netdev_of(other), netdev_of(*links.find("xenbr0.10"))});
    offline();
    EXPECT_TRUE(links.find("xenbr0.10")) << "the other guest is on it";
    links.remove("vif8.0");
    offline();
    EXPECT_FALSE(links.find("xenbr0.10"));
    EXPECT_FALSE(links.find("peth0.10"));
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(BringUpInDeviceMode, AVifOfAnyBridgeLeavesThatOfAVlanItHasNoMore) {
    store.write("backend/vif/7/0/bridge", "");
    EXPECT_EQ(failure(), "");
    ASSERT_EQ(bridge_of("vif7.0"), "xenbr0.10");
    store.remove("backend/vif/7/0/vlan");
    Bringing how{.run_hooks = false, .takes_over = true};
    (void)bring_up(call(Verb::online), machine(), how);
    EXPECT_EQ(bridge_of("vif7.0"), "xenbr0");
}

TEST_F(BringUpInDeviceMode, ItsNameStandsForTheVlanThoughTheBridgeIsThere) {
    store.write("backend/vif/7/0/vlan", "");
    store.write("backend/vif/7/0/bridge", "xenbr0.10");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(bridge_of("vif7.0"), "xenbr0.10");
    offline();
    EXPECT_FALSE(links.find("xenbr0.10"));
}

TEST_F(BringUpInDeviceMode, WhatSomebodyRemovedOfItIsMadeAgain) {
    ASSERT_EQ(failure(), "");
    const IfIndex bridge = links.find("xenbr0.10")->index;
    links.remove_vlan_device("peth0.10");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(bridge_of("peth0.10"), "xenbr0.10");
    EXPECT_EQ(links.find("vif7.0")->master, bridge) << "the guests on it stay where they are";
    links.remove("xenbr0.10");
    links.add("xenbr0.10", "veth"); // somebody else's, so there is another one for the VLAN
    links.remove_vlan_device("peth0.10");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(bridge_of("vif7.0"), "b10-" + std::to_string(nic.index.number()));
}

TEST_F(BringUpInDeviceMode, NamesThatAreTakenArePassedOver) {
    links.add("xenbr0.10", "veth");
    links.add("peth0.10", "veth");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(bridge_of("vif7.0"), "b10-" + std::to_string(nic.index.number()));
}

TEST_F(BringUpInDeviceMode, AVlanDeviceOfSomebodyElseIsNamed) {
    links.add_vlan_device({"eth0.10", IfIndex(99), nic.index, VlanId(10)});
    EXPECT_EQ(failure(), "vlan='10p': eth0.10 has that VLAN of peth0, and nobody else can");
}

TEST_F(BringUpInDeviceMode, ATrunkIsRefused) {
    store.write("backend/vif/7/0/vlan", "10p/20");
    EXPECT_EQ(failure(), "vlan='10p/20': one VLAN, without a tag, is what a vif can have where vlan-mode is device, as "
                         "for bridge xenbr0");
}

TEST_F(BringUpInDeviceMode, AVifThatDoesNotComeLeavesNothing) {
    store.remove_before_change("backend/vif/7/0");
    EXPECT_NE(failure(), "");
    EXPECT_FALSE(links.find("xenbr0.10"));
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(BringUp, M5_a_guests_node_that_may_not_be_written_is_a_warning) {
    store.deny("/local/domain/7/device/vif/0/mtu");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(store.read("backend/vif/7/0/hotplug-status"), "connected");
    EXPECT_EQ(store.read("/local/domain/7/device/vif/0/mtu"), std::nullopt);
}

TEST_F(BringUp, ABackendThatMayNotBeWrittenTakesThePlacingBack) {
    store.deny("backend/vif/7/0/hotplug-status");
    const std::string before = links.picture();
    const std::string failed = failure();
    EXPECT_EQ(failed.find("write backend/vif/7/0/hotplug-status = connected in xenstore: Permission denied; undone: "),
              0u)
        << failed;
    EXPECT_NE(failed.find("; left: nothing"), std::string::npos) << failed;
    EXPECT_EQ(links.picture(), before);
}

TEST_F(BringUp, ABackendThatLeavesMeanwhileTakesThePlacingBack) {
    store.remove_before_change("backend/vif/7/0");
    const std::string before = links.picture();
    const std::string failed = failure();
    EXPECT_NE(failed.find("(the backend has left xenstore); undone: "), std::string::npos) << failed;
    EXPECT_EQ(links.picture(), before);
    EXPECT_EQ(store.read("backend/vif/7/0"), std::nullopt);
}

TEST_F(BringUp, AStoreThatDoesNotAnswerChangesNothing) {
    const std::string before = links.picture();
    store.fail(ETIMEDOUT);
    EXPECT_EQ(failure(), "read backend/vif/7/0/vifname in xenstore: Connection timed out");
    EXPECT_EQ(links.picture(), before);
}

TEST_F(BringUp, N4_without_the_record_a_renamed_netdev_is_nobodys) {
    store.write("backend/vif/7/0/vifname", "web0");
    ASSERT_EQ(failure(), "");
    std::filesystem::remove_all(rundir);
    EXPECT_NE(failure().find("look up vif7.0: No such device"), std::string::npos);
}

TEST_F(BringUp, X9_relative_paths_are_the_own_domains) {
    store.write("/local/domain/5/backend/vif/7/0/bridge", "nosuch");
    EXPECT_EQ(failure(), "");
}

} // namespace
} // namespace vifplug
