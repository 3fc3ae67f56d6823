// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: what it makes of events, of failures and of time.
#include "app/vif_keeper.hpp"

#include "core/error.hpp"
#include "flow_world.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using Phase = KeptVif::Phase;

const VifId vif7{DomId{7}, DevId{0}};
const std::string backend = "backend/vif/7/0";
const std::string script = "/etc/xen/scripts/vif-bridge";

class Keeper : public test::FlowWorld {
  protected:
    Keeper() {
        make_backend("7/0");
        keeper.look_at_all();
    }

    void make_backend(const std::string& id) {
        const std::string path = "backend/vif/" + id;
        store.write(path + "/script", script);
        store.write(path + "/online", "1");
        store.write(path + "/state", "2");
        store.write(path + "/bridge", "xenbr0");
        store.write(path + "/hotplug-status", "");
    }

    /// Until nothing is marked. Bounded: work that never ends is a finding.
    void work() {
        for (int looks = 0; keeper.work(now); ++looks)
            ASSERT_LT(looks, 100);
    }

    const KeptVif& vif() const { return keeper.vifs().at(vif7); }
    Link port() { return *links.find("vif7.0"); }

    /// What the kernel tells of the netdev as it is now.
    LinkChange news_of(const std::string& name) {
        const Link link = *links.find(name);
        return {LinkChange::What::link, link.index, link};
    }

    /// Where hooks are run: in a driver domain that has one. The file is the sandbox's.
    void make_hook() {
        keeper.take(Residence::driver_domain);
        std::filesystem::create_directories("/etc/xen/scripts/vif-post.d");
        std::ofstream("/etc/xen/scripts/vif-post.d/x.hook") << "true\n";
        std::filesystem::permissions("/etc/xen/scripts/vif-post.d/x.hook", std::filesystem::perms::owner_all);
    }

    void take_off() { links.perform(Leave{netdev_of(port()), netdev_of(*links.find("xenbr0"))}); }

    bool store_is_there = true;
    bool surveys = false; ///< whether all links can be looked at at once
    std::vector<std::string> said;
    std::vector<Verb> started;
    VifKeeper::TimePoint now{1000s};
    VifKeeper keeper{{.links = links,
                      .store = store,
                      .store_is_there = [this] { return store_is_there; },
                      .run = run,
                      .vlan_records = vlan_records,
                      .known_uplinks = known_uplinks,
                      .survey = [this] { return surveys ? links.survey() : nullptr; },
                      .residence = Residence::dom0,
                      .start_program = [this](VifId, Verb verb) { started.push_back(verb); },
                      .log = [this](const EventLog::Line& line) { said.push_back(line.text); }},
                     {.scripts = VifScripts({script}, "/etc/xen/scripts"), .patience = 10s}};
};

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
    keeper.look_at(vif7);
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
    for (int i = 0; i < 5; ++i) {
        take_off();
        keeper.heard({news_of("vif7.0")});
        work();
    }
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

TEST_F(Keeper, AProgramThatFailsIsStartedAgainLater) {
    make_hook();
    work();
    EXPECT_EQ(started, std::vector<Verb>{Verb::online});
    keeper.look_at(vif7);
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
TEST_F(Keeper, AProgramThatOutlivesItsBackendIsWaitedForBeforeTheNextIsStarted) {
    make_hook();
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

TEST_F(Keeper, ABackendThatGoesWhileItsProgramRunsIsForgottenAfterIt) {
    make_hook();
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

TEST_F(Keeper, HooksTakeLeaveOnceAlsoOfAVifThatADaemonBeforePlaced) {
    make_hook();
    store.write(backend + "/hotplug-status", "connected");
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

TEST_F(Keeper, HooksTakeNoLeaveOfAVifThatNobodyPlaced) {
    make_hook();
    store.write(backend + "/online", "0");
    store.write(backend + "/state", "6");
    work();
    EXPECT_EQ(started.size(), 0U);
    EXPECT_EQ(store.read(backend + "/state"), std::nullopt);
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

/// vif-bridge would not.
TEST_F(Keeper, AProgramIsStartedWhenWhatItNeedsIsThere) {
    make_hook();
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

TEST_F(Keeper, ADomainThatComesIsFoundByItsDirectory) {
    work();
    links.add("vif8.1", "veth");
    make_backend("8/1");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    EXPECT_EQ(keeper.vifs().at({DomId{8}, DevId{1}}).phase, Phase::placed);
}

} // namespace
} // namespace vifplug
