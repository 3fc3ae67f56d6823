// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: a vif is placed, follows its nodes, and is let go.
#include "keeper_world.hpp"

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using test::Keeper;

TEST_F(Keeper, PlacesAVif) {
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(said, std::vector<std::string>{"vif7.0: added to xenbr0, MTU 1500"});
}

/// A guest that connects anew waits for the word, as at the first time.
TEST_F(Keeper, TellsAGuestThatComesBackAgain) {
    work();
    store.remove(backend + "/hotplug-status");
    store.write(backend + "/state", "2");
    keeper.heard(concern_of(backend + "/hotplug-status"));
    keeper.heard(concern_of(backend + "/state"));
    work();
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "connected");
}

TEST_F(Keeper, AVifOfNoBridgeInParticularStaysOnItsOwn) {
    store.write(backend + "/bridge", "");
    work();
    links.add("abr", "bridge"); // the first by its name
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    store.write(backend + "/mtu", "1400");
    keeper.heard(concern_of(backend + "/mtu"));
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    surveys = true;
    keeper.start_over();
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    take_off();
    keeper.heard({news_of("vif7.0")});
    links.remove("xenbr0");
    work();
    EXPECT_EQ(port().master, links.find("abr")->index);
}

TEST_F(Keeper, AVifOfNoBridgeInParticularIsTakenOverWhereItIs) {
    store.write(backend + "/bridge", "");
    work();
    links.add("abr", "bridge");
    store.remove(backend + "/hotplug-status"); // for a closer look
    VifKeeper next(surroundings(), settings());
    next.look_at_all();
    work(next);
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ForgetsAVifThatIsGoneAndMakesNoNode) {
    work();
    store.remove(backend);
    links.remove("vif7.0");
    const auto nodes = store.nodes();
    keeper.heard(concern_of(backend));
    work();
    EXPECT_TRUE(keeper.vifs().empty());
    EXPECT_EQ(store.nodes(), nodes);
}

TEST_F(Keeper, ABackendThatGoesWhileItIsPlacedGetsNoNode) {
    store.remove_before_change("backend/vif/7");
    work();
    EXPECT_EQ(store.read(backend + "/hotplug-status"), std::nullopt);
    EXPECT_EQ(store.read("backend/vif/7"), std::nullopt);
}

TEST_F(Keeper, WhatWasWrittenDownGoesWithAVifThatWasTakenOff) {
    store.write(backend + "/vifname", "web0");
    work();
    ASSERT_TRUE(run.record(vif7, PortKind::vif));
    store.write(backend + "/online", "0");
    store.write(backend + "/state", "6");
    keeper.heard(concern_of(backend + "/online"));
    keeper.heard(concern_of(backend + "/state"));
    work();
    store.remove("backend/vif/7"); // before the netdev goes
    keeper.heard(concern_of("backend/vif/7"));
    work();
    EXPECT_EQ(run.record(vif7, PortKind::vif), std::nullopt);
}

TEST_F(Keeper, TheHistoryTellsWhatHappened) {
    links.add("xenbr1", "bridge");
    store.write(backend + "/bridge", "xenbr9");
    work();
    set("bridge", "xenbr0");
    tamper();
    set("bridge", "xenbr1");
    close("5");
    EXPECT_EQ(history(),
              (std::vector<std::string>{
                  "seen", "waits bridge='xenbr9': there is no such bridge here, nor a bridge eth9", "placed on xenbr0",
                  "repaired found on no bridge instead of xenbr0", "moved to xenbr1", "detached"}));
}

TEST_F(Keeper, AVifThatIsMovedTakesTheMtuOfItsNewBridge) {
    links.add("xenbr1", "bridge");
    links.perform(SetMtu{netdev_of(*links.find("xenbr1")), 1500, 9000});
    work();
    set("bridge", "xenbr1");
    EXPECT_TRUE(is_on("xenbr1"));
    EXPECT_EQ(port().mtu, 9000U);
}

TEST_F(Keeper, AGuestKeepsItsMtuWhenAnythingElseOfItIsWritten) {
    work();
    links.perform(SetMtu{netdev_of(*links.find("xenbr0")), 1500, 1400}); // another guest's, smaller one
    set("vlan", "");
    keeper.heard(concern_of(backend));
    work();
    EXPECT_EQ(port().mtu, 1500U);
    EXPECT_EQ(store.read("/local/domain/7/device/vif/0/mtu"), "1500");
}

TEST_F(Keeper, AnotherScriptsVifIsLetGo) {
    work();
    set("script", "/etc/xen/scripts/vif-route");
    EXPECT_EQ(vif().phase, Phase::not_ours);
    EXPECT_FALSE(vif().place);
    tamper();
    EXPECT_EQ(port().master, std::nullopt);
}

TEST_F(Keeper, AVifWhoseGuestIsBootedAnewIsStillPlaced) {
    work();
    set("state", "6");
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_TRUE(is_on("xenbr0"));
}

TEST_F(Keeper, AVifThatClosesIsTakenOffOnce) {
    work();
    close("5");
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_FALSE(vif().place);
    EXPECT_EQ(said.back(), "vif7.0: removed from xenbr0");
    set("state", "6");
    EXPECT_EQ(said.size(), 2U);
    EXPECT_TRUE(store.read(backend)); // in dom0 the toolstack removes it
}

TEST_F(Keeper, ADriverDomainRemovesWhatIsTakenOffAndNothingElse) {
    keeper.take(Residence::driver_domain);
    links.add("vif7.1", "veth");
    make_backend("7/1");
    keeper.heard(concern_of("backend/vif/7"));
    work();
    {
        const PortLock held(run.lock_path(vif7, PortKind::vif));
        close("6");
        EXPECT_TRUE(store.read(backend));
        ASSERT_EQ(keeper.next_time(), now + 20ms);
    }
    work_after(1s);
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_FALSE(store.read(backend));
    EXPECT_TRUE(store.read("backend/vif/7/1"));
    store.write("backend/vif/7/1/online", "0");
    store.write("backend/vif/7/1/state", "6");
    keeper.heard(concern_of("backend/vif/7/1/online"));
    keeper.heard(concern_of("backend/vif/7/1/state"));
    work();
    EXPECT_FALSE(store.read("backend/vif/7"));
}

TEST_F(Keeper, WhatIsWrittenDownIsKeptAsLongAsTheNetdev) {
    run.make();
    run.write_record(vif7, PortKind::vif, {port().index, "vif7.0"});
    run.note_vlans(vif7, PortKind::vif, {port().index, "vif7.0"});
    keeper.look_at_all();
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    EXPECT_TRUE(run.record(vif7, PortKind::vif));
    EXPECT_TRUE(run.noted_vlans(vif7, PortKind::vif));
    make_backend("7/0");
    links.remove("vif7.0");
    keeper.heard(concern_of(backend));
    work();
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    EXPECT_FALSE(run.record(vif7, PortKind::vif));
    EXPECT_FALSE(run.noted_vlans(vif7, PortKind::vif));
}

} // namespace
} // namespace vifplug
