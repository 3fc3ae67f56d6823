// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What of all that store and kernel tell the daemon has to look at.
#include "keeper_world.hpp"

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using test::Keeper;

TEST_F(Keeper, ManyEventsAreOneLook) {
    work();
    store.write(backend + "/bridge", "xenbr9");
    for (int i = 0; i < 1000; ++i)
        keeper.heard(concern_of(backend + "/bridge"));
    EXPECT_EQ(keeper.marked(), 1U);
}

TEST_F(Keeper, WhatItWroteItselfIsNoNews) {
    work();
    for (const char* key : {"hotplug-status", "hotplug-error", "feature-sg", "queue-0"})
        keeper.heard(concern_of(backend + "/" + key));
    keeper.heard({news_of("vif7.0"), news_of("xenbr0")});
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(Keeper, OfSeveralChangesTheLastOneCounts) {
    work();
    const LinkChange good = news_of("vif7.0");
    take_off();
    const LinkChange bad = news_of("vif7.0");
    keeper.heard({bad, good});
    EXPECT_EQ(keeper.marked(), 0U);
    keeper.heard({good, bad});
    EXPECT_EQ(keeper.marked(), 1U);
}

TEST_F(Keeper, ADomainThatComesIsFoundByItsDirectory) {
    work();
    links.add("vif8.1", "veth");
    make_backend("8/1");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    EXPECT_EQ(keeper.vifs().at({DomId{8}, DevId{1}}).phase, Phase::placed);
}

class KeeperNews : public test::KeeperWorld {
  protected:
    KeeperNews() { work(); }

    LinkChange end_of(const std::string& name) {
        const IfIndex index = port(name).index;
        links.remove(name);
        return {LinkChange::What::gone, index, std::nullopt};
    }
};

TEST_F(KeeperNews, WhateverDecidesOfAVifIs) {
    for (const char* key : {"bridge", "vlan", "mtu", "vifname", "state", "online", "script"}) {
        keeper.heard(concern_of(backend + "/" + key));
        EXPECT_EQ(keeper.marked(), 1U) << key;
        work();
    }
}

TEST_F(KeeperNews, AChangedNodeCountsAlsoWhenAnotherFollows) {
    links.add("xenbr1", "bridge");
    store.write(backend + "/bridge", "xenbr1");
    keeper.heard(concern_of(backend + "/bridge"));
    keeper.heard(concern_of(backend + "/state"));
    work();
    EXPECT_TRUE(is_on("xenbr1"));
}

TEST_F(KeeperNews, ADomainThatGoesTakesItsVifsAlong) {
    links.add("vif8.0", "veth");
    make_backend("8/0");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    store.remove("backend/vif/7");
    keeper.heard(concern_of("backend/vif/7"));
    EXPECT_EQ(keeper.marked(), 1U);
    work();
    EXPECT_EQ(keeper.vifs().size(), 1U);
}

TEST_F(KeeperNews, AGuestThatConnectsNeedsNoLock) {
    const PortLock held(run.lock_path(vif7, PortKind::vif));
    set("state", "4");
    EXPECT_EQ(keeper.next_time(), std::nullopt);
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(KeeperNews, ANewBridgeIsForWhoeverWaitsAndOnce) {
    set("bridge", "xenbr9");
    links.add("xenbr5", "bridge");
    keeper.heard({news_of("xenbr5")});
    EXPECT_EQ(keeper.marked(), 1U);
    work();
    keeper.heard({news_of("xenbr5")});
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(KeeperNews, ABridgeThatFiltersIsForItsPortsAndForWhoeverFailed) {
    set("vlan", "10");
    ASSERT_EQ(vif().phase, Phase::failed);
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_FALSE(port().up);
    const auto told = said;
    for (const bool up : {false, true}) { // the echo of what it did, and somebody who sets the port up again
        if (up)
            links.perform(vifplug::SetUp{netdev_of(port())});
        keeper.heard({news_of("vif7.0")});
        work();
        EXPECT_FALSE(port().up);
    }
    EXPECT_EQ(said, told) << "once is enough";
    EXPECT_TRUE(told.back().ends_with("; vif7.0 is set down")) << told.back();
}

TEST_F(KeeperNews, ABridgeThatFiltersIsForAVifThatNeverHadAPlace) {
    links.add("vif8.0", "veth");
    make_backend("8/0");
    store.write("backend/vif/8/0/vlan", "10");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    const KeptVif& vif8 = keeper.vifs().at({DomId{8}, DevId{0}});
    ASSERT_EQ(vif8.phase, Phase::failed);
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif8.phase, Phase::placed);
}

TEST_F(KeeperNews, VlansAreWhereTheyAreConfigured) {
    const LinkChange vlans{LinkChange::What::vlans, port().index, std::nullopt};
    keeper.heard({vlans});
    EXPECT_EQ(keeper.marked(), 0U);
    links.set_vlan_settings("xenbr0", {true, 1});
    set("vlan", "10");
    keeper.heard({vlans});
    EXPECT_EQ(keeper.marked(), 1U);
}

TEST_F(KeeperNews, ANewNameIsNotedAndNotRepaired) {
    links.perform(Rename{netdev_of(port()), "shop0"});
    keeper.heard({news_of("shop0")});
    EXPECT_EQ(keeper.marked(), 0U);
    EXPECT_EQ(vif().netdev, "shop0");
}

TEST_F(KeeperNews, ANetdevThatGoesIsWaitedFor) {
    keeper.heard({end_of("vif7.0")});
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    Link other = links.add("shop0", "vif");
    keeper.heard({{LinkChange::What::link, other.index, other}});
    EXPECT_EQ(keeper.marked(), 0U);
    other.parent_bus = "xen-backend";
    keeper.heard({{LinkChange::What::link, other.index, other}});
    EXPECT_EQ(keeper.marked(), 1U);
    links.add("vif7.0", "veth");
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(keeper.next_time(), std::nullopt); // its patience is no matter any more
}

TEST_F(KeeperNews, NothingIsOfAVifThatWasForgotten) {
    links.add("vif7.0-emu", "tun");
    keeper.heard({news_of("vif7.0-emu")});
    work();
    ASSERT_TRUE(vif().tap_place);
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    keeper.heard({news_of("vif7.0"), news_of("vif7.0-emu"), end_of("vif7.0"), end_of("vif7.0-emu")});
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(KeeperNews, ABridgeThatIsKnownByItsPortIsFoundWhenThatComes) {
    set("bridge", "eth5");
    work_after(10s);
    ASSERT_EQ(vif().phase, Phase::waiting);
    links.perform(Join{netdev_of(links.add("peth5", "")), netdev_of(*links.find("xenbr0"))});
    keeper.heard({news_of("peth5")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(KeeperNews, ABridgeThatComesIsATryForWhoeverFailed) {
    take_off();
    links.fail_at(links.performed(), ENODEV, 100);
    keeper.heard({news_of("vif7.0")});
    work();
    ASSERT_EQ(vif().phase, Phase::failed);
    links.fail_at(links.performed(), ENODEV, 0);
    links.add("xenbr5", "bridge");
    keeper.heard({news_of("xenbr5")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

class KeeperNewsOfAnUplink : public test::KeeperWorld {
  protected:
    KeeperNewsOfAnUplink() {
        links.set_vlan_settings("xenbr0", {true, 1});
        Uplink uplink(nic.index);
        uplink.vlans = {UplinkVlans::Kind::automatic, {}};
        uplinks.records = {{uplink, {}, std::nullopt}};
        links.perform(Join{netdev_of(nic), netdev_of(*links.find("xenbr0"))});
        store.write(backend + "/vlan", "10");
        work();
    }

    void take_its_vlans() { links.perform(ChangeVlans{netdev_of(nic), links.vlans(nic.index), parse_vlan_list("1")}); }

    const Link nic = links.add("peth0", "");
};

TEST_F(KeeperNewsOfAnUplink, VlansThatSomebodyTakesOffItComeBack) {
    ASSERT_EQ(links.vlans(nic.index).str(), "1p/10");
    take_its_vlans();
    keeper.heard({{LinkChange::What::vlans, nic.index, std::nullopt}});
    work();
    EXPECT_EQ(links.vlans(nic.index).str(), "1p/10");
    keeper.heard({{LinkChange::What::vlans, nic.index, std::nullopt}}); // of what was just done
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(KeeperNewsOfAnUplink, VlansThatWereTakenOffItUnheardComeBackWhenAllIsLookedAt) {
    take_its_vlans();
    surveys = true;
    keeper.look_at_all();
    work();
    EXPECT_EQ(links.vlans(nic.index).str(), "1p/10");
}

TEST_F(KeeperNews, NobodyWaitsForAVifThatWasForgotten) {
    set("bridge", "xenbr9");
    ASSERT_TRUE(keeper.next_time());
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    EXPECT_EQ(keeper.next_time(), std::nullopt);
}

} // namespace
} // namespace vifplug
