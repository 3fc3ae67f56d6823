// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/vif_keeper.hpp"
#include "flow_world.hpp"

#include <filesystem>
#include <fstream>
#include <memory>

namespace vifplug::test {

/// The daemon's work on fakes: guest 7's backend is ready, and nothing was looked at yet.
class KeeperWorld : public FlowWorld {
  protected:
    using Phase = KeptVif::Phase;

    KeeperWorld() {
        make_backend("7/0");
        keeper.look_at_all();
    }

    ~KeeperWorld() override { std::filesystem::remove_all(hook_directory); }

    void make_backend(const std::string& id) {
        const std::string path = "backend/vif/" + id;
        store.write(path + "/script", script);
        store.write(path + "/online", "1");
        store.write(path + "/state", "2");
        store.write(path + "/bridge", "xenbr0");
        store.write(path + "/hotplug-status", "");
    }

    /// In a driver domain, with a hook.
    void have_hooks() {
        keeper.take(Residence::driver_domain);
        std::filesystem::create_directories(hook_directory);
        std::ofstream(hook_directory + "/x.hook") << "true\n";
        std::filesystem::permissions(hook_directory + "/x.hook", std::filesystem::perms::owner_all);
    }

    /// What a daemon works with here: the keeper, and one that is started after it.
    VifSurroundings surroundings() {
        return {.links = links,
                .store = store,
                .store_is_there = [this] { return store_is_there; },
                .run = run,
                .vlan_records = vlan_records,
                .known_uplinks = known_uplinks,
                .survey = [this] { return surveys ? links.copy() : nullptr; },
                .residence = Residence::dom0,
                .start_program = [this](VifId, Verb verb) { started.push_back(verb); },
                .is_xens_own = [this](const std::string&) { return script_is_xens_own; },
                .log = [this](const EventLog::Line& line) { said.push_back(line.text); }};
    }

    VifKeeper::Settings settings() const {
        return {.scripts = VifScripts({script}, "/etc/xen/scripts"), .patience = std::chrono::seconds(10)};
    }

    /// Until nothing is marked. Bounded: work that never ends is a finding.
    void work() { work(keeper); }
    void work(VifKeeper& which) const {
        for (int looks = 0; which.work(now); ++looks)
            ASSERT_LT(looks, 100);
    }

    void work_after(std::chrono::milliseconds time) {
        now += time;
        keeper.mark_due(now);
        work();
    }

    /// A node of guest 7's backend gets another value, and the keeper does what it does about it.
    void set(const std::string& key, const std::string& value) {
        store.write(backend + "/" + key, value);
        keeper.heard(concern_of(backend + "/" + key));
        work();
    }

    void close(const std::string& state) {
        store.write(backend + "/online", "0");
        keeper.heard(concern_of(backend + "/online"));
        set("state", state);
    }

    const KeptVif& vif() const { return keeper.vifs().at(vif7); }
    Link port(const std::string& name = "vif7.0") { return *links.find(name); }
    bool is_on(const std::string& bridge) { return port().master == links.find(bridge)->index; }

    /// What the kernel tells of the netdev as it is now.
    LinkChange news_of(const std::string& name) {
        const Link link = *links.find(name);
        return {LinkChange::What::link, link.index, link};
    }

    void take_off(const std::string& name = "vif7.0") {
        links.perform(Leave{netdev_of(port(name)), netdev_of(*links.find("xenbr0"))});
    }

    /// The netdev is taken off, and the keeper does what it does about it.
    void tamper(const std::string& name = "vif7.0") {
        take_off(name);
        keeper.heard({news_of(name)});
        work();
    }

    /// The next repair is not made at once.
    void tamper_until_it_is_slowed() {
        for (std::size_t i = 0; i < RepairPace::free_repairs; ++i)
            tamper();
    }

    std::vector<std::string> history() const {
        std::vector<std::string> names;
        for (const VifHistory::Event& event : vif().history.events())
            names.push_back(name_of(event.what) + (event.text.empty() ? "" : " " + event.text));
        return names;
    }

    const VifId vif7{DomId{7}, DevId{0}};
    const std::string backend = "backend/vif/7/0";
    const std::string hook_directory = "/etc/xen/scripts/vif-post.d"; // the sandbox's
    const std::string script = "/etc/xen/scripts/vif-bridge";

    bool store_is_there = true;
    bool surveys = false;
    bool script_is_xens_own = false;
    std::vector<std::string> said;
    std::vector<Verb> started;
    VifKeeper::TimePoint now{std::chrono::seconds(1000)};
    VifKeeper keeper{surroundings(), settings()};
};

/// One suite, whose tests are in a file for each subject.
class Keeper : public KeeperWorld {};

} // namespace vifplug::test
