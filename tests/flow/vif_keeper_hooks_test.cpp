// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: the programs that run hooks, in a driver domain.
#include "keeper_world.hpp"

namespace vifplug {
namespace {

using namespace std::chrono_literals;

class KeeperHooks : public test::KeeperWorld {};

TEST_F(KeeperHooks, AProgramThatFailsIsStartedAgainLater) {
    have_hooks();
    work();
    EXPECT_EQ(started, std::vector<Verb>{Verb::online});
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(started.size(), 1U); // it is at work
    keeper.program_ended(vif7, 1, now);
    EXPECT_EQ(vif().phase, Phase::failed);
    ASSERT_EQ(keeper.next_time(), now + 1s);
    now += 1s;
    keeper.mark_due(now);
    work();
    EXPECT_EQ(started.size(), 2U);
    store.write(backend + "/hotplug-status", "connected"); // what it does beside placing the vif
    keeper.program_ended(vif7, 0, now);
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(started.size(), 2U);
}

/// xl devd removes a backend as soon as it is closed, and the next vif of that number may come before the hook has
/// ended.
TEST_F(KeeperHooks, AProgramThatOutlivesItsBackendIsWaitedForBeforeTheNextIsStarted) {
    have_hooks();
    work();
    store.write(backend + "/hotplug-status", "connected");
    keeper.program_ended(vif7, 0, now);
    work();
    store.write(backend + "/online", "0");
    store.write(backend + "/state", "5");
    keeper.heard(concern_of(backend));
    work();
    EXPECT_EQ(started, (std::vector<Verb>{Verb::online, Verb::offline}));
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    make_backend("7/0");
    keeper.heard(concern_of(backend));
    work();
    EXPECT_EQ(started.size(), 2U);
    keeper.program_ended(vif7, 0, now);
    work();
    EXPECT_EQ(started, (std::vector<Verb>{Verb::online, Verb::offline, Verb::online}));
}

TEST_F(KeeperHooks, ABackendThatGoesWhileItsProgramRunsIsForgottenAfterIt) {
    have_hooks();
    work();
    store.remove(backend);
    keeper.heard(concern_of(backend));
    work();
    keeper.program_ended(vif7, 1, now);
    now += 1s;
    keeper.mark_due(now);
    work();
    EXPECT_TRUE(keeper.vifs().empty());
}

TEST_F(KeeperHooks, HooksTakeLeaveOnceAlsoOfAVifThatADaemonBeforePlaced) {
    have_hooks();
    run.make();
    run.note_hooks(vif7);
    store.remove(backend + "/hotplug-status"); // as netback does
    store.write(backend + "/online", "0");
    store.write(backend + "/state", "5");
    work();
    EXPECT_EQ(started, std::vector<Verb>{Verb::offline});
    store.write(backend + "/state", "6");
    keeper.heard(concern_of(backend + "/state"));
    keeper.program_ended(vif7, 0, now);
    work();
    EXPECT_EQ(started.size(), 1U);
    EXPECT_EQ(store.read(backend + "/state"), std::nullopt);
}

TEST_F(KeeperHooks, HooksTakeNoLeaveOfAVifThatNobodyPlaced) {
    have_hooks();
    store.write(backend + "/online", "0");
    store.write(backend + "/state", "6");
    work();
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(store.read(backend + "/state"), std::nullopt);
}

TEST_F(KeeperHooks, HooksTakeNoLeaveWhereADaemonBeforeHadThemDoSo) {
    have_hooks();
    work();
    keeper.program_ended(vif7, 0, now);
    store.write(backend + "/hotplug-status", "connected");
    keeper.reconcile(vif7);
    work();
    close("5");
    ASSERT_EQ(started.size(), 2U);
    EXPECT_TRUE(run.owes_hooks(vif7)); // it may have to wait for its turn, and this daemon may end before
    keeper.program_begun(vif7, Verb::offline);
    EXPECT_FALSE(run.owes_hooks(vif7)); // and the next daemon has nothing else to go by
}

/// A daemon before this one started it.
TEST_F(KeeperHooks, AProgramThatIsAtWorkAlreadyIsWaitedFor) {
    have_hooks();
    run.make();
    {
        const PortLock held(run.lock_path(vif7, PortKind::vif));
        work();
        EXPECT_EQ(started.size(), 0U);
        EXPECT_EQ(keeper.next_time(), now + 20ms);
    }
    store.write(backend + "/hotplug-status", "connected");
    keeper.heard(concern_of(backend + "/hotplug-status"));
    work_after(1s);
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(vif().phase, Phase::placed);
}

/// What it wrote is heard only after its lock was found free.
TEST_F(KeeperHooks, AProgramThatHasJustEndedIsNotFollowedByAnother) {
    have_hooks();
    run.make();
    {
        const PortLock held(run.lock_path(vif7, PortKind::vif));
        work();
        store.write(backend + "/hotplug-status", "connected");
    }
    work_after(20ms);
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(vif().phase, Phase::placed);
}

/// As some kernels do once the guest is connected.
TEST_F(KeeperHooks, WhoseWordNetbackHasRemovedIsNotToldAgain) {
    have_hooks();
    store.write(backend + "/state", "4");
    store.remove(backend + "/hotplug-status");
    links.perform(Join{netdev_of(port()), netdev_of(*links.find("xenbr0"))});
    work();
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(vif().phase, Phase::placed);
}

/// vif-bridge would not.
TEST_F(KeeperHooks, AProgramIsStartedWhenWhatItNeedsIsThere) {
    have_hooks();
    store.write(backend + "/bridge", "xenbr9");
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
    links.add("xenbr9", "bridge");
    keeper.heard({news_of("xenbr9")});
    work();
    EXPECT_EQ(started, std::vector<Verb>{Verb::online});
}

TEST_F(KeeperHooks, HooksRunOnceEachWayAndForNoRepair) {
    have_hooks();
    store.write(backend + "/hotplug-status", "connected"); // with hooks that have run
    work();
    set("hotplug-status", "error");
    tamper();
    EXPECT_TRUE(is_on("xenbr0"));
    EXPECT_EQ(started, std::vector<Verb>());
    close("6");
    EXPECT_EQ(started, std::vector<Verb>{Verb::offline});
    keeper.program_ended(vif7, 0, now);
    work();
    EXPECT_EQ(started, std::vector<Verb>{Verb::offline});
    EXPECT_FALSE(store.read(backend));
}

TEST_F(KeeperHooks, HooksHearOfTheEndOfAVifThatWasNeverSeenInItsPlace) {
    have_hooks();
    work();
    ASSERT_EQ(started, std::vector<Verb>{Verb::online});
    close("6"); // while they run
    keeper.program_ended(vif7, 1, now);
    work_after(1s);
    EXPECT_EQ(started, (std::vector<Verb>{Verb::online, Verb::offline}));
}

TEST_F(KeeperHooks, HooksAreTheToolstacksInDom0) {
    have_hooks();
    keeper.take(Residence::dom0);
    work();
    EXPECT_EQ(started, std::vector<Verb>());
    EXPECT_TRUE(is_on("xenbr0"));
}

TEST_F(KeeperHooks, AGuestThatComesBackWhileItsHooksRunIsPlaced) {
    have_hooks();
    store.write(backend + "/hotplug-status", "connected");
    work();
    close("5");
    ASSERT_EQ(started, std::vector<Verb>{Verb::offline});
    take_off(); // what the program does
    set("online", "1");
    set("state", "2");
    keeper.program_ended(vif7, 0, now);
    work();
    EXPECT_TRUE(is_on("xenbr0"));
    EXPECT_EQ(vif().history.repairs(), 0U);
    close("5");
    EXPECT_EQ(started, (std::vector<Verb>{Verb::offline, Verb::offline}));
}

} // namespace
} // namespace vifplug
