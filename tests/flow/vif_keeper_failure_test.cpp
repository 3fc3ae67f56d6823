// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: what it makes of failures, of what is missing, and of a store that is away.
#include "app/carry_out.hpp"
#include "core/error.hpp"
#include "keeper_world.hpp"

#include <cerrno>
#include <utility>

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using test::Keeper;

TEST_F(Keeper, AStepThatFailsIsTriedAgainLater) {
    links.fail_at(links.performed(), EBUSY, 100);
    work();
    links.fail_at(links.performed(), EBUSY, 0);
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "error");
    ASSERT_EQ(keeper.next_time(), now + 1s);
    now += 1s;
    keeper.mark_due(now);
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
    EXPECT_EQ(keeper.next_time(), std::nullopt);
}

TEST_F(Keeper, WhatKeepsFailingIsTriedMoreAndMoreSeldom) {
    links.fail_at(links.performed(), EBUSY, 1000);
    work();
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        ASSERT_EQ(keeper.next_time(), now + wait);
        now += wait;
        keeper.mark_due(now);
        work();
    }
    EXPECT_EQ(vif().history.errors(), 1U); // the same one
}

/// What was tried and undone makes the kernel tell of the netdev.
TEST_F(Keeper, TheEchoOfATryThatFailedIsNoReasonForTheNext) {
    links.fail_at(links.performed(), EBUSY, 1000);
    work();
    const std::size_t steps = links.performed();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(links.performed(), steps);
    EXPECT_EQ(keeper.next_time(), now + 1s);
    links.fail_at(links.performed(), EBUSY, 0);
    keeper.heard(concern_of(backend + "/bridge")); // somebody has done something about it
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(Keeper, AStoreThatIsAwayLeavesAllAsItIsAndTheVifMarked) {
    work();
    const std::string before = links.picture();
    keeper.reconcile(vif7);
    store.fail(ENOTCONN);
    store_is_there = false;
    EXPECT_THROW(keeper.work(now), Error);
    EXPECT_EQ(keeper.marked(), 1U);
    EXPECT_EQ(links.picture(), before);
    store.fail(0);
    store_is_there = true;
    keeper.start_over();
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(Keeper, ARepairStaysWhenTheStoreGoesAwayMeanwhile) {
    work();
    keeper.heard(concern_of(backend + "/hotplug-status"));
    take_off();
    keeper.heard({news_of("vif7.0")});
    store.fail(ETIMEDOUT);
    store_is_there = false;
    EXPECT_ANY_THROW(keeper.work(now));
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_TRUE(port().up);
    EXPECT_EQ(said.back(), "vif7.0: found on no bridge instead of xenbr0; put back");
    EXPECT_EQ(vif().history.repairs(), 1U);
}

TEST_F(Keeper, AStoreThatRefusesIsAskedAgainLater) {
    store.deny(backend + "/hotplug-status");
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_EQ(port().master, std::nullopt); // nobody was told of it
    EXPECT_TRUE(keeper.next_time());
}

TEST_F(Keeper, WaitsForAMissingBridgeUntilItsPatienceEnds) {
    store.write(backend + "/bridge", "xenbr9");
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
    ASSERT_EQ(keeper.next_time(), now + 10s);
    now += 10s;
    keeper.mark_due(now);
    work();
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "error");
    links.add("xenbr9", "bridge");
    keeper.heard({news_of("xenbr9")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "connected");
}

TEST_F(Keeper, TellsAnotherReasonToWaitToo) {
    store.write(backend + "/bridge", "xenbr8");
    work();
    now += 10s;
    keeper.mark_due(now);
    work();
    store.write(backend + "/bridge", "xenbr9");
    keeper.heard(concern_of(backend + "/bridge"));
    work();
    const std::string reason = "vif7.0: bridge='xenbr9': there is no such bridge here, nor a bridge eth9";
    EXPECT_EQ(store.read(backend + "/hotplug-error"), reason);
    EXPECT_EQ(said.back(), reason);
}

TEST_F(Keeper, AReasonThatTheStoreRefusesIsToldLater) {
    store.deny(backend + "/hotplug-error");
    store.write(backend + "/bridge", "xenbr8");
    work();
    now += 10s;
    keeper.mark_due(now);
    work();
    EXPECT_EQ(keeper.next_time(), now + 1s);
    store.write(backend + "/bridge", "no bridge at all");
    keeper.heard(concern_of(backend + "/bridge"));
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_EQ(keeper.next_time(), now + 2s);
}

TEST_F(Keeper, GetsItsNameWhenWhoeverHadItIsGone) {
    const Link holder = links.add("web0", "veth");
    store.write(backend + "/vifname", "web0");
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    links.remove("web0");
    keeper.heard({{LinkChange::What::gone, holder.index}});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(vif().netdev, "web0");
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Keeper, GetsItsNameWhenAStrangerGivesItUp) {
    const Netdev stranger = netdev_of(links.add("web0", "dummy"));
    store.write(backend + "/vifname", "web0");
    work();
    ASSERT_EQ(vif().phase, Phase::failed);
    links.perform(Rename{stranger, "other0"});
    keeper.heard({news_of("other0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_TRUE(links.find("web0"));
}

TEST_F(Keeper, GetsItsNameWhenAnotherVifGivesItUp) {
    links.add("vif8.1", "veth");
    make_backend("8/1");
    store.write("backend/vif/8/1/vifname", "web0");
    keeper.heard(concern_of("backend/vif/8/1"));
    work();
    store.write(backend + "/vifname", "web0");
    keeper.heard(concern_of(backend + "/vifname"));
    work();
    ASSERT_EQ(vif().phase, Phase::failed);
    store.write("backend/vif/8/1/vifname", "web1");
    keeper.heard(concern_of("backend/vif/8/1/vifname"));
    work();
    keeper.heard({news_of("web1")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(Keeper, WaitsForAMissingNetdev) {
    links.remove("vif7.0");
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    links.add("vif7.0", "veth");
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(Keeper, ANetdevThatComesAfterItsPatienceIsPlacedAllTheSame) {
    links.remove("vif7.0");
    work();
    ASSERT_EQ(keeper.next_time(), now + 10s);
    now += 10s;
    keeper.mark_due(now);
    work();
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "error");
    EXPECT_NE(store.read(backend + "/hotplug-error").value_or("").find("vif7.0"), std::string::npos);
    links.add("vif7.0", "veth");
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Keeper, ALockThatSomebodyHasIsAskedForSoon) {
    run.make();
    const PortLock held(run.lock_path(vif7, PortKind::vif));
    work();
    EXPECT_EQ(keeper.next_time(), now + 20ms);
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_EQ(said, std::vector<std::string>());
}

TEST_F(Keeper, ALockIsNotWhatIsBusyWhereListsKeepChanging) {
    store.write(backend + "/vlan", "10");
    VifSurroundings busy = surroundings();
    busy.known_uplinks = []() -> KnownUplinks { throw Error("list links", system_code(EAGAIN)); };
    VifKeeper next(std::move(busy), settings());
    next.look_at_all();
    work(next);
    EXPECT_EQ(next.vifs().at(vif7).phase, Phase::failed);
    EXPECT_EQ(next.vifs().at(vif7).reason.find("list links: "), 0U) << next.vifs().at(vif7).reason;
    EXPECT_EQ(next.next_time(), now + 1s);
}

TEST_F(Keeper, ARefusedConfigurationIsToldOnceAndNotTriedAgain) {
    store.write(backend + "/mtu", "many");
    work();
    EXPECT_EQ(vif().phase, Phase::failed);
    EXPECT_EQ(keeper.next_time(), std::nullopt);
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(said.size(), 1U);
    set("mtu", "lots");
    EXPECT_EQ(said.size(), 2U);
    EXPECT_EQ(store.read(backend + "/hotplug-error"), said.back());
    EXPECT_EQ(vif().history.errors(), 2U);
}

TEST_F(Keeper, AFailureIsTakenBackWhenTheVifIsPlaced) {
    store.write(backend + "/mtu", "many");
    work();
    set("mtu", "1400");
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(vif().reason, "");
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Keeper, WhatItWaitsForNowIsTold) {
    store.write(backend + "/mtu", "many");
    work();
    store.remove(backend + "/mtu");
    keeper.heard(concern_of(backend + "/mtu"));
    set("bridge", "xenbr8");
    work_after(10s);
    EXPECT_NE(store.read(backend + "/hotplug-error")->find("xenbr8"), std::string::npos);
    set("bridge", "xenbr9");
    EXPECT_NE(store.read(backend + "/hotplug-error")->find("xenbr9"), std::string::npos);
}

TEST_F(Keeper, AVifThatNeitherWaitsNorFailsHasNoReason) {
    store.write(backend + "/bridge", "xenbr9");
    work();
    set("state", "5"); // its guest is booted anew
    EXPECT_EQ(vif().phase, Phase::idle);
    EXPECT_EQ(vif().reason, "");
    set("state", "2");
    EXPECT_NE(vif().reason, "");
    set("script", "/etc/xen/scripts/vif-route");
    EXPECT_EQ(vif().phase, Phase::not_ours);
    EXPECT_EQ(vif().reason, "");
    set("script", script);
    EXPECT_NE(vif().reason, "");
    close("6");
    EXPECT_EQ(vif().phase, Phase::detached);
    EXPECT_EQ(vif().reason, "");
}

TEST_F(Keeper, AfterASuccessAFailureIsTriedAgainAfterASecond) {
    links.fail_at(links.performed(), EBUSY, 100);
    work();
    work_after(1s);
    EXPECT_EQ(keeper.next_time(), now + 2s);
    links.fail_at(links.performed(), EBUSY, 0);
    work_after(2s);
    ASSERT_EQ(vif().phase, Phase::placed);
    links.fail_at(links.performed() + 1, EBUSY, 100);
    tamper();
    EXPECT_EQ(keeper.next_time(), now + 1s);
}

TEST_F(Keeper, AStoreThatGoesAwayWhileItIsPlacedLeavesTheVifMarked) {
    store.deny(backend + "/hotplug-status");
    store_is_there = false;
    EXPECT_THROW(keeper.work(now), PlanFailed);
    EXPECT_EQ(keeper.marked(), 1U);
    EXPECT_EQ(said, std::vector<std::string>());
}

TEST_F(Keeper, AStoreThatGoesAwayWhileAFailureIsToldLeavesTheVifMarked) {
    store.write(backend + "/bridge", "xenbr9");
    work();
    now += 10s;
    keeper.mark_due(now);
    store.fail(ETIMEDOUT);
    store_is_there = false;
    EXPECT_THROW(keeper.work(now), Error);
    EXPECT_EQ(keeper.marked(), 1U);
}

} // namespace
} // namespace vifplug
