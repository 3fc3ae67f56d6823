// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The tap of an emulated NIC, which the device model makes and removes as it likes.
#include "keeper_world.hpp"

#include <cerrno>
#include <tuple>

namespace vifplug {
namespace {

using test::Keeper;

/// The device model may be first.
TEST_F(Keeper, PlacesATapThatCameBeforeItsVifWasKnown) {
    work();
    links.add("vif8.0-emu", "tun");
    keeper.heard({news_of("vif8.0-emu")});
    links.add("vif8.0", "");
    make_backend("8/0");
    keeper.heard(concern_of("backend/vif/8/0"));
    work();
    EXPECT_EQ(links.find("vif8.0-emu")->master, links.find("xenbr0")->index);
}

TEST_F(Keeper, PlacesATapThatASurveyFinds) {
    surveys = true;
    store.write(backend + "/hotplug-status", "connected");
    links.add("vif7.0-emu", "tun");
    keeper.look_at_all();
    work();
    EXPECT_EQ(links.find("vif7.0-emu")->master, links.find("xenbr0")->index);
}

/// The device model is started before the toolstack writes down the vif: the daemon perhaps between the two.
TEST_F(Keeper, PlacesATapThatWasThereBeforeItAndItsVif) {
    surveys = true;
    for (const std::string tap : {"vif8.0-emu", "tap9.0"})
        links.add(tap, "tun");
    keeper.look_at_all();
    work();
    for (const std::string id : {"8", "9"}) {
        links.add("vif" + id + ".0", "");
        make_backend(id + "/0");
        keeper.heard(concern_of("backend/vif/" + id + "/0"));
    }
    work();
    for (const std::string tap : {"vif8.0-emu", "tap9.0"})
        EXPECT_EQ(links.find(tap)->master, links.find("xenbr0")->index) << tap;
}

/// tap7.0 is what device models of long ago called it.
TEST_F(Keeper, KeepsATapOfTheOldNameWhenItStartsAnew) {
    surveys = true;
    store.write(backend + "/hotplug-status", "connected");
    links.add("tap7.0", "tun");
    keeper.look_at_all();
    work();
    EXPECT_EQ(links.find("tap7.0")->master, links.find("xenbr0")->index);
}

class KeeperTap : public test::KeeperWorld {
  protected:
    KeeperTap() {
        work();
        links.add(tap, "tun");
        keeper.heard({news_of(tap)});
        work();
    }

    bool tap_is_on(const std::string& bridge) { return port(tap).master == links.find(bridge)->index; }

    const std::string tap = "vif7.0-emu";
};

TEST_F(KeeperTap, GoesWhereItsVifGoes) {
    EXPECT_TRUE(tap_is_on("xenbr0"));
    links.add("xenbr1", "bridge");
    set("bridge", "xenbr1");
    EXPECT_TRUE(tap_is_on("xenbr1"));
}

TEST_F(KeeperTap, GetsTheMtuOfItsNewBridge) {
    links.add("xenbr1", "bridge");
    links.perform(SetMtu{netdev_of(*links.find("xenbr1")), 1500, 9000});
    set("bridge", "xenbr1");
    EXPECT_EQ(port().mtu, 9000U);
    EXPECT_EQ(port(tap).mtu, 9000U);
}

TEST_F(KeeperTap, IsTriedMoreAndMoreSeldomWhereTheKernelRefusesIt) {
    take_off(tap);
    links.fail_at(links.performed(), EBUSY, 100);
    keeper.heard({news_of(tap)});
    work();
    EXPECT_EQ(keeper.next_time(), now + std::chrono::seconds(1));
    work_after(std::chrono::seconds(1));
    EXPECT_EQ(keeper.next_time(), now + std::chrono::seconds(2));
}

TEST_F(KeeperTap, IsPutBack) {
    tamper(tap);
    EXPECT_TRUE(tap_is_on("xenbr0"));
    EXPECT_EQ(vif().history.repairs(), 1U);
    EXPECT_EQ(said.back(), "vif7.0-emu: found on no bridge instead of xenbr0; put back");
}

TEST_F(KeeperTap, IsFoundWhenTheDaemonStartsAnew) {
    surveys = true;
    store.remove(backend); // so that it is forgotten
    keeper.heard(concern_of(backend));
    work();
    make_backend("7/0");
    store.write(backend + "/hotplug-status", "connected");
    keeper.start_over();
    work();
    ASSERT_TRUE(vif().tap_place);
    tamper(tap);
    EXPECT_TRUE(tap_is_on("xenbr0"));
}

TEST_F(KeeperTap, IsKnownByItsNewNameToo) {
    set("vifname", "web0");
    tamper("web0-emu");
    EXPECT_EQ(port("web0-emu").master, links.find("xenbr0")->index);
    EXPECT_EQ(vif().phase, Phase::placed);
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    make_backend("7/0");
    set("vifname", "web0");
    ASSERT_TRUE(vif().tap_place);
    tamper("web0-emu");
    EXPECT_EQ(port("web0-emu").master, links.find("xenbr0")->index);
}

TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFilters) {
    links.set_vlan_settings("xenbr0", {true, 1});
    set("vlan", "10");
    ASSERT_TRUE(port().up && port(tap).up);
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_FALSE(port().up);
    EXPECT_FALSE(port(tap).up);
    EXPECT_EQ(vif().reason.find("vlan='10p': "), 0U) << vif().reason;
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_TRUE(port().up && port(tap).up);
}

/// What it asks for now cannot be had, so it stays where it is: but not among all VLANs.
TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFiltersThoughTheyAreMeantForElsewhere) {
    for (const auto& [key, bad, good] :
         {std::tuple("bridge", "xenbr9", "xenbr0"), std::tuple("mtu", "many", "1500"), std::tuple("vlan", "x", "10")}) {
        links.set_vlan_settings("xenbr0", {true, 1});
        keeper.heard({news_of("xenbr0")});
        set("vlan", "10");
        set(key, bad);
        EXPECT_NE(vif().phase, Phase::placed) << key;
        ASSERT_TRUE(port().up && port(tap).up) << key;
        links.set_vlan_settings("xenbr0", {false, 1});
        keeper.heard({news_of("xenbr0")});
        work();
        EXPECT_FALSE(port().up) << key;
        EXPECT_FALSE(port(tap).up) << key;
        links.set_vlan_settings("xenbr0", {true, 1});
        keeper.heard({news_of("xenbr0")});
        set(key, good);
        EXPECT_EQ(vif().phase, Phase::placed) << key;
        EXPECT_TRUE(port().up && port(tap).up) << key;
    }
}

/// What was placed before the daemon was started is known by what was noted of it then.
TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFiltersThoughTheyWereNotPlacedSince) {
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    set("vlan", "10");
    store.remove(backend); // so that it is forgotten
    keeper.heard(concern_of(backend));
    work();
    make_backend("7/0");
    store.write(backend + "/vlan", "10");
    set("bridge", "xenbr9");
    ASSERT_FALSE(vif().place || vif().tap_place);
    ASSERT_TRUE(port().up && port(tap).up);
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_FALSE(port().up);
    EXPECT_FALSE(port(tap).up);
}

TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFiltersThoughTheKernelDoesNotMoveThem) {
    links.set_vlan_settings("xenbr0", {true, 1});
    links.add("xenbr1", "bridge");
    links.set_vlan_settings("xenbr1", {true, 1});
    keeper.heard({news_of("xenbr0"), news_of("xenbr1")});
    set("vlan", "10");
    const auto refuse = [&] { links.fail_at(links.performed(), ENOSPC); };
    refuse();
    set("bridge", "xenbr1");
    ASSERT_EQ(vif().phase, Phase::failed);
    ASSERT_TRUE(is_on("xenbr0") && port().up && port(tap).up);
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_FALSE(port().up || port(tap).up) << "at once, and not when it is tried again";
    refuse();
    work_after(std::chrono::seconds(1));
    EXPECT_TRUE(is_on("xenbr0") && tap_is_on("xenbr0"));
    EXPECT_FALSE(port().up);
    EXPECT_FALSE(port(tap).up);
    work_after(std::chrono::seconds(2));
    EXPECT_TRUE(is_on("xenbr1") && tap_is_on("xenbr1"));
    EXPECT_TRUE(port().up && port(tap).up);
}

TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFiltersThoughTheyWaitForARepair) {
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    set("vlan", "10");
    for (std::size_t i = 0; i <= RepairPace::free_repairs; ++i) {
        links.perform(SetMtu{netdev_of(port()), 1500, 1400});
        keeper.heard({news_of("vif7.0")});
        work();
    }
    ASSERT_EQ(port().mtu, 1400U) << "put back later only";
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_FALSE(port().up || port(tap).up);
}

TEST_F(KeeperTap, IsSetDownWithItsVifWhereNothingFiltersThoughSomebodyIsAtWorkForThem) {
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    set("vlan", "10");
    ASSERT_TRUE(port().up && port(tap).up);
    const PortLock held(run.lock_path(vif7, PortKind::vif));
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_FALSE(port().up || port(tap).up);
    EXPECT_EQ(keeper.next_time(), now + std::chrono::milliseconds(20));
}

TEST_F(KeeperTap, WhoIsAtWorkForItDoesNotHideThatItsVifIsRefused) {
    const PortLock held(run.lock_path(vif7, PortKind::tap));
    set("mtu", "many");
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_EQ(vif().reason.find("mtu='many': "), 0U) << vif().reason;
}

TEST_F(KeeperTap, IsSetDownWhereNothingFiltersThoughItsVifIsGone) {
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    set("vlan", "10");
    const IfIndex index = port().index;
    links.remove("vif7.0");
    keeper.heard({{LinkChange::What::gone, index, std::nullopt}});
    work();
    ASSERT_TRUE(port(tap).up);
    links.set_vlan_settings("xenbr0", {false, 1});
    keeper.heard({news_of("xenbr0")});
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    EXPECT_FALSE(port(tap).up);
}

TEST_F(KeeperTap, ThatWasSetUpWhereNothingFiltersIsSetDownAgain) {
    links.set_vlan_settings("xenbr0", {false, 1});
    set("vlan", "10");
    ASSERT_FALSE(port(tap).up);
    links.perform(vifplug::SetUp{netdev_of(port(tap))});
    keeper.heard({news_of(tap)});
    work();
    EXPECT_FALSE(port(tap).up);
}

TEST_F(KeeperTap, ThatGoesIsNoFailure) {
    const IfIndex index = port(tap).index;
    links.remove(tap);
    keeper.heard({{LinkChange::What::gone, index, std::nullopt}});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_FALSE(vif().tap_place);
    EXPECT_EQ(vif().tap, "");
    EXPECT_EQ(keeper.next_time(), std::nullopt);
    const auto before = links.performed();
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(links.performed(), before);
}

TEST_F(KeeperTap, IsTakenOffWithItsVif) {
    close("5");
    EXPECT_EQ(port(tap).master, std::nullopt);
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_FALSE(vif().tap_place);
}

TEST_F(KeeperTap, IsLetGoWithItsVif) {
    set("script", "/etc/xen/scripts/vif-route");
    EXPECT_FALSE(vif().tap_place);
    tamper(tap);
    EXPECT_EQ(port(tap).master, std::nullopt);
}

} // namespace
} // namespace vifplug
