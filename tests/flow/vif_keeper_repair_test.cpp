// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: what it puts back, what is no repair, and how fast it fights.
#include "keeper_world.hpp"

#include <algorithm>
#include <cerrno>

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using test::Keeper;

TEST_F(Keeper, PutsBackAndSaysWhatItFound) {
    work();
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(vif().history.repairs(), 1U);
    EXPECT_EQ(said.at(1), "vif7.0: found on no bridge instead of xenbr0; put back");
}

TEST_F(Keeper, SaysOnceWhatItDid) {
    work();
    tamper();
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(said, (std::vector<std::string>{"vif7.0: added to xenbr0, MTU 1500",
                                              "vif7.0: found on no bridge instead of xenbr0; put back"}));
}

TEST_F(Keeper, LooksAgainAtAllAndAtOne) {
    work();
    take_off();
    keeper.look_at_all();
    work();
    EXPECT_TRUE(is_on("xenbr0"));
    take_off();
    keeper.reconcile(vif7);
    work();
    EXPECT_TRUE(is_on("xenbr0"));
}

TEST_F(Keeper, PutsBackANameAndKnowsTheNetdevByItsNumber) {
    store.write(backend + "/vifname", "web0");
    work();
    links.perform(Rename{netdev_of(*links.find("web0")), "other"});
    keeper.heard({news_of("other")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    ASSERT_TRUE(links.find("web0"));
    EXPECT_EQ(said.back(), "vif7.0: found named other instead of web0; put back");
}

TEST_F(Keeper, KeepsANetdevThatSomebodyGaveAnotherName) {
    work();
    links.perform(Rename{netdev_of(port()), "other"});
    keeper.heard({news_of("other")});
    links.perform(Leave{netdev_of(*links.find("other")), netdev_of(*links.find("xenbr0"))});
    keeper.heard({news_of("other")});
    work();
    EXPECT_EQ(links.find("other")->master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ABridgeThatShrankWithItsPortDoesNotTakeTheOthersAlong) {
    work();
    links.perform(SetMtu{netdev_of(port()), 1500, 1400});
    links.perform(SetMtu{netdev_of(*links.find("xenbr0")), 1500, 1400}); // the kernel's own doing
    keeper.heard({news_of("vif7.0"), news_of("xenbr0")});
    work();
    EXPECT_EQ(port().mtu, 1500U);
}

TEST_F(Keeper, AnMtuThatTheKernelRefusesNowIsPutBackLater) {
    work();
    links.perform(SetMtu{netdev_of(port()), 1500, 1400});
    links.fail_at(links.performed(), EBUSY);
    keeper.reconcile(vif7);
    work();
    ASSERT_EQ(port().mtu, 1400U);
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(port().mtu, 1500U);
}

TEST_F(Keeper, AnyStepOfARepairThatFailsIsMadeUpForLater) {
    work();
    for (std::size_t n = 0; n < 2; ++n) { // joining the bridge, and going up
        take_off();
        links.perform(SetDown{netdev_of(port())});
        links.fail_at(links.performed() + n, EBUSY);
        keeper.heard({news_of("vif7.0")});
        work();
        EXPECT_EQ(vif().phase, Phase::failed) << n;
        now += 61s;
        keeper.mark_due(now);
        work();
        EXPECT_TRUE(port().up && port().master == links.find("xenbr0")->index) << n;
        now += 61s; // no fight
    }
}

/// Its guest has no network until then.
TEST_F(Keeper, AVifThatWasTakenOffDoesNotWaitForAllOthers) {
    work();
    for (int domain = 8; domain < 20; ++domain) {
        links.add("vif" + std::to_string(domain) + ".0", "");
        make_backend(std::to_string(domain) + "/0");
        keeper.heard(concern_of("backend/vif/" + std::to_string(domain) + "/0"));
    }
    take_off();
    keeper.heard({news_of("vif7.0")});
    (void)keeper.work(now);
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(keeper.marked(), 12U);
    take_off();
    keeper.look_at_all();
    keeper.heard({news_of("vif7.0")});
    (void)keeper.work(now);
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(keeper.marked(), 12U);
    work();
    EXPECT_EQ(keeper.marked(), 0U);
    EXPECT_EQ(links.find("vif19.0")->master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ANewConfigurationIsNoRepair) {
    links.add("xenbr1", "bridge");
    work();
    take_off();
    set("bridge", "xenbr1");
    EXPECT_EQ(history(), (std::vector<std::string>{"seen", "placed on xenbr0", "moved to xenbr1"}));
    set("vifname", "web0");
    EXPECT_EQ(vif().netdev, "web0");
    EXPECT_EQ(vif().history.repairs(), 0U);
}

TEST_F(Keeper, WhatChangedWhileTheStoreWasAwayIsNoRepair) {
    work();
    store.write(backend + "/mtu", "1400");
    keeper.start_over();
    work();
    EXPECT_EQ(port().mtu, 1400U);
    EXPECT_EQ(vif().place->mtu, 1400U);
    keeper.heard({news_of("vif7.0")});
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(Keeper, ASlowedRepairWaitsAndAChangedNodeDoesNot) {
    links.add("xenbr1", "bridge");
    work();
    tamper_until_it_is_slowed();
    EXPECT_TRUE(vif().pace.is_slowed(now));
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_EQ(keeper.next_time(), now + 1s);
    EXPECT_NE(vif().reason, "");
    store.write(backend + "/bridge", "xenbr1");
    keeper.heard(concern_of(backend + "/bridge"));
    work();
    EXPECT_EQ(port().master, links.find("xenbr1")->index);
    EXPECT_EQ(vif().reason, "");
}

/// Whoever asks for it is answered, whatever else goes on.
TEST_F(Keeper, ASlowedRepairIsMadeAtOnceForWhoeverAsks) {
    work();
    for (const bool all : {false, true}) {
        tamper_until_it_is_slowed();
        tamper();
        EXPECT_EQ(port().master, std::nullopt) << all;
        all ? keeper.reconcile() : keeper.reconcile(vif7);
        work();
        EXPECT_TRUE(is_on("xenbr0")) << all;
        EXPECT_FALSE(vif().pace.is_slowed(now)) << all;
    }
}

/// It is no reason to fight at full speed that xenstored is started anew.
TEST_F(Keeper, AFightGoesOnWhenAllIsLookedAtAnew) {
    work();
    tamper_until_it_is_slowed();
    tamper();
    keeper.start_over();
    work();
    EXPECT_EQ(port().master, std::nullopt);
}

TEST_F(Keeper, SaysOnceThatItSlowsDown) {
    work();
    for (int i = 0; i < 8; ++i) {
        tamper();
        work_after(30s);
    }
    const std::string slowly =
        "vif7.0: something else on this host keeps changing it; from now on it is put back more slowly";
    EXPECT_EQ(std::count(said.begin(), said.end(), slowly), 0);
    for (int i = 0; i < 13; ++i) {
        tamper();
        work_after(i < 10 ? 0s : 16s);
    }
    EXPECT_EQ(std::count(said.begin(), said.end(), slowly), 1);
    EXPECT_EQ(vif().history.repairs(), 21U);
}

TEST_F(Keeper, ABridgeThatIsMadeAgainManyTimesIsNobodysFight) {
    work();
    for (std::size_t i = 0; i <= RepairPace::free_repairs; ++i) {
        take_off();
        links.remove("xenbr0");
        keeper.heard({news_of("vif7.0")});
        work();
        EXPECT_EQ(vif().phase, Phase::waiting);
        links.add("xenbr0", "bridge");
        keeper.heard({news_of("xenbr0")});
        work();
        ASSERT_TRUE(is_on("xenbr0")) << i;
    }
    EXPECT_FALSE(vif().pace.is_slowed(now));
}

} // namespace
} // namespace vifplug
