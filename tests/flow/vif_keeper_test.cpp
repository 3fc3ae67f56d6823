// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: what it makes of events, of failures and of time.
#include "app/carry_out.hpp"
#include "core/error.hpp"
#include "keeper_world.hpp"

#include <cerrno>

namespace vifplug {
namespace {

using namespace std::chrono_literals;

class Keeper : public test::KeeperWorld {};

TEST_F(Keeper, PlacesAVif) {
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(said, std::vector<std::string>{"vif7.0: added to xenbr0, MTU 1500"});
}

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

TEST_F(Keeper, PutsBackAndSaysWhatItFound) {
    work();
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
    EXPECT_EQ(vif().history.repairs(), 1U);
    EXPECT_EQ(said.at(1), "vif7.0: found on no bridge instead of xenbr0; put back");
}

TEST_F(Keeper, ASurveyIsNotBelievedAboutANetdevThatChangedSince) {
    work();
    surveys = true;
    keeper.start_over();
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ASurveyIsNotBelievedWhenNewsWereLostSince) {
    work();
    surveys = true;
    keeper.start_over();
    take_off(); // which nobody heard
    keeper.forget_survey();
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ASurveyFindsAnMtuThatChangedWhileNobodyListened) {
    work();
    surveys = true;
    for (const char* name : {"vif7.0", "xenbr0"}) // a bridge follows its smallest port
        links.perform(SetMtu{netdev_of(port(name)), 1500, 1400});
    keeper.start_over();
    work();
    EXPECT_EQ(port().mtu, 1500U);
    EXPECT_EQ(vif().history.repairs(), 1U);
}

TEST_F(Keeper, ASurveyIsNotBelievedAboutABridgeThatChangedSince) {
    work();
    surveys = true;
    keeper.start_over();
    links.perform(Rename{netdev_of(*links.find("xenbr0")), "other"});
    keeper.heard({news_of("other")});
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
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
    VifKeeper next({.links = links,
                    .store = store,
                    .store_is_there = [] { return true; },
                    .run = run,
                    .vlan_records = vlan_records,
                    .known_uplinks = known_uplinks,
                    .survey = [] { return nullptr; },
                    .residence = Residence::dom0,
                    .start_program = {},
                    .is_xens_own = [](const std::string&) { return false; },
                    .log = [](const EventLog::Line&) {}},
                   {.scripts = VifScripts({script}, "/etc/xen/scripts"), .patience = 10s});
    next.look_at_all();
    while (next.work(now)) {
    }
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
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
    VifKeeper next({.links = links,
                    .store = store,
                    .store_is_there = [] { return true; },
                    .run = run,
                    .vlan_records = vlan_records,
                    .known_uplinks = []() -> KnownUplinks { throw Error("list links", system_code(EAGAIN)); },
                    .survey = [] { return nullptr; },
                    .residence = Residence::dom0,
                    .start_program = {},
                    .is_xens_own = [](const std::string&) { return false; },
                    .log = [](const EventLog::Line&) {}},
                   {.scripts = VifScripts({script}, "/etc/xen/scripts"), .patience = 10s});
    next.look_at_all();
    while (next.work(now)) {
    }
    EXPECT_EQ(next.vifs().at(vif7).phase, Phase::failed);
    EXPECT_EQ(next.vifs().at(vif7).reason.find("list links: "), 0U) << next.vifs().at(vif7).reason;
    EXPECT_EQ(next.next_time(), now + 1s);
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

TEST_F(Keeper, ADomainThatComesIsFoundByItsDirectory) {
    work();
    links.add("vif8.1", "veth");
    make_backend("8/1");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    EXPECT_EQ(keeper.vifs().at({DomId{8}, DevId{1}}).phase, Phase::placed);
}

TEST_F(Keeper, SaysOnceWhatItDid) {
    work();
    tamper();
    keeper.reconcile(vif7);
    work();
    EXPECT_EQ(said, (std::vector<std::string>{"vif7.0: added to xenbr0, MTU 1500",
                                              "vif7.0: found on no bridge instead of xenbr0; put back"}));
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

TEST_F(Keeper, ASurveyCountsForOneLook) {
    links.add("vif8.0", "veth");
    make_backend("8/0");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    surveys = true;
    keeper.look_at_all();
    ASSERT_TRUE(keeper.work(now)); // vif8.0 has its look before it
    tamper();
    EXPECT_TRUE(is_on("xenbr0"));
}

TEST_F(Keeper, WhatASurveyFindsInItsPlaceIsToldOnce) {
    work();
    surveys = true;
    keeper.look_at_all();
    work();
    EXPECT_EQ(history(), (std::vector<std::string>{"seen", "placed on xenbr0"}));
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
