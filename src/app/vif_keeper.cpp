// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_keeper.hpp"

#include "app/bring_up.hpp"
#include "app/carry_out.hpp"
#include "app/failure_report.hpp"
#include "app/port_snapshot.hpp"
#include "app/take_down.hpp"
#include "app/vif_hooks.hpp"
#include "core/error.hpp"
#include "core/ownership.hpp"
#include "core/text.hpp"
#include "system/forward_policy.hpp"

#include <algorithm>

namespace vifplug {

namespace {

using Clock = std::chrono::system_clock;

/// For one vif. A store or a kernel that takes longer is in trouble; libxl gives a script 40.
constexpr std::chrono::seconds longest_look{10};

/// Somebody else has the vif's lock: a vif-bridge at its work, which has hooks to run perhaps.
constexpr std::chrono::milliseconds until_the_lock_is_free{20};

constexpr std::chrono::seconds first_retry{1};
constexpr std::chrono::seconds longest_retry{60};

HotplugCall call_of(Verb verb, VifId id, const std::string& netdev) {
    return {.verb = verb,
            .kind = verb == Verb::add || verb == Verb::remove ? PortKind::tap : PortKind::vif,
            .backend = BackendPath::of(id),
            .port = netdev,
            .bridge = std::nullopt,
            .ip = std::nullopt,
            .assignments = {}};
}

std::string vif_name(VifId id) {
    return netdev_name(id, PortKind::vif);
}

bool is_busy(const Error& error) {
    return error.code() == std::errc::resource_unavailable_try_again;
}

} // namespace

VifKeeper::VifKeeper(Surroundings surroundings, Settings settings)
    : with_(std::move(surroundings)), settings_(std::move(settings)), news_(table_, with_.store) {}

// --- what to look at ------------------------------------------------------------------------------------------------

void VifKeeper::look_at_all() {
    const Deadline deadline(longest_look);
    for (const auto& [id, vif] : table_.vifs())
        table_.call_off(id);
    table_.suspect_those([](const KeptVif&) { return true; });
    news_.discover();
    outdated_.clear();
    try {
        survey_ = with_.survey();
        news_.know_bridges(survey_ ? survey_->bridges() : with_.links.bridges());
    } catch (const Error&) { // the lists keep changing while they are read: each vif is looked at by itself then
        survey_.reset();
    }
    surveyed_ = survey_ ? table_.all_marked() : std::set<VifId>();
}

void VifKeeper::start_over() {
    for (const auto& [id, vif] : table_.vifs())
        table_.find(id)->nodes.forget("");
    look_at_all();
}

void VifKeeper::look_at(VifId id) {
    if (KeptVif* vif = table_.find(id)) {
        vif->nodes.forget("");
        table_.call_off(id);
    }
    table_.suspect(id);
}

void VifKeeper::heard(const Concern& concern) {
    if (concern.extent == Concern::Extent::all) {
        start_over();
        return;
    }
    const Deadline deadline(longest_look);
    news_.heard(concern);
}

void VifKeeper::heard(const std::vector<LinkChange>& changes) {
    for (const LinkChange& change : changes)
        outdate_survey(change);
    news_.heard(changes);
}

void VifKeeper::program_ended(VifId id, int status, TimePoint now) {
    KeptVif* vif = table_.find(id);
    if (vif == nullptr)
        return;
    vif->program_runs = false;
    vif->nodes.forget("");
    if (status == 0) {
        table_.suspect(id);
        return;
    }
    vif->phase = KeptVif::Phase::failed; // it has told why
    vif->reason = "vif-bridge ended with status " + std::to_string(status);
    vif->history.add(Clock::now(), VifHistory::What::error, vif->reason);
    try_again(id, *vif, now);
}

bool VifKeeper::work(TimePoint now) {
    const auto id = table_.next();
    if (!id)
        return false;
    KeptVif& vif = table_.find_or_add(*id, with_.store);
    try {
        look(*id, vif, now);
    } catch (const Error& error) {
        if (!with_.store_is_there())
            throw;
        fail_for_now(*id, vif, error.what(), now);
    }
    table_.done(*id);
    surveyed_.erase(*id);
    if (surveyed_.empty())
        survey_.reset();
    return true;
}

// --- the look -------------------------------------------------------------------------------------------------------

Duty VifKeeper::duty(VifId id, KeptVif& vif) {
    const BackendPath backend = BackendPath::of(id);
    return duty_of({.state = vif.nodes.read(backend.node("state")),
                    .online = vif.nodes.read(backend.node("online")),
                    .script = vif.nodes.read(backend.node("script"))},
                   settings_.scripts, with_.residence);
}

void VifKeeper::look(VifId id, KeptVif& vif, TimePoint now) {
    using enum KeptVif::Phase;
    std::optional<Deadline> deadline(longest_look);
    if (!vif.nodes.exists()) {
        if (!vif.program_runs) // its end is heard of, and has it looked at again
            leave(id, vif);
        return;
    }
    const Duty what = duty(id, vif);
    deadline.reset();
    if (vif.history.events().empty())
        vif.history.add(Clock::now(), VifHistory::What::seen, "");
    if (vif.program_runs || (what == Duty::place && waits_for_its_next_try(vif, now)))
        return;
    table_.call_off(id);
    switch (what) {
    case Duty::pass:
        vif.phase = not_ours;
        table_.own(id, vif.place, std::nullopt);
        vif.place.reset();
        break;
    case Duty::nothing:
        if (vif.phase != placed)
            vif.phase = idle;
        break;
    case Duty::place:
        place(id, vif, now);
        break;
    case Duty::detach:
        detach(id, vif, now);
        break;
    case Duty::remove:
        detach(id, vif, now);
        if (vif.phase == detached)
            remove_backend(id, vif);
        break;
    }
}

/// What is written down of one that was not taken off is kept while its netdev is there: the store may have been
/// emptied below running guests.
void VifKeeper::leave(VifId id, const KeptVif& vif) {
    const Deadline deadline(longest_look);
    const bool is_over = vif.phase == KeptVif::Phase::detached;
    for (const auto& [kind, netdev] : {std::pair(PortKind::vif, vif.netdev), std::pair(PortKind::tap, vif.tap)})
        if (is_over || (!netdev.empty() && !with_.links.find(netdev))) {
            with_.run.remove_record(id, kind);
            with_.run.forget_vlans(id, kind);
        }
    table_.forget(id);
}

Machine VifKeeper::machine(Links& links, KeptVif& vif, Deadline& deadline, EventLog& log) {
    return {links, vif.nodes, with_.run, deadline, log, with_.vlan_records, with_.known_uplinks};
}

// --- placing it -----------------------------------------------------------------------------------------------------

void VifKeeper::settle(VifId id, KeptVif& vif, const PlacedPort& place) {
    if (vif.place && vif.place->port.name != place.port.name)
        news_.a_name_is_free();
    table_.own(id, vif.place, place);
    vif.place = place;
    vif.netdev = place.port.name;
    vif.phase = KeptVif::Phase::placed;
    vif.reason.clear();
    vif.waits_since.reset();
    vif.was_told = false;
    vif.is_configured_anew = false;
    vif.is_suspect = false;
    vif.retry = std::chrono::seconds(0);
}

/// A bridge tells of itself whenever one of its ports changes, too.
void VifKeeper::outdate_survey(const LinkChange& change) {
    if (!survey_)
        return;
    outdated_.insert(change.index.number());
    if (!change.link || change.link->kind != "bridge")
        return;
    const auto before = survey_->find(change.index);
    if (!before || before->name != change.link->name || before->vlan_settings != change.link->vlan_settings)
        survey_.reset();
}

/// By the survey, as long as there is one.
bool VifKeeper::is_found_placed(VifId id, KeptVif& vif) {
    if (!survey_ || !surveyed_.contains(id))
        return false;
    Deadline deadline(longest_look);
    EventLog unheard("vifplugd");
    Bringing how{.takes_over = true};
    if (vif.place)
        how.bridge = vif.place->bridge.index;
    std::optional<PlacedPort> place;
    try {
        place = find_placed(call_of(Verb::online, id, vif.netdev), machine(*survey_, vif, deadline, unheard), how);
    } catch (const BadInput&) { // the closer look says why
    } catch (const MissingNetdev&) {
    }
    if (!place || outdated_.contains(place->port.index.number()) || tap_of(id, vif, *survey_))
        return false;
    if (!vif.place)
        vif.history.add(Clock::now(), VifHistory::What::placed, "on " + printable(place->bridge.name) + " already");
    settle(id, vif, *place);
    return true;
}

/// What the vif's tap is called, where it has one.
std::optional<std::string> VifKeeper::tap_of(VifId id, const KeptVif& vif, Links& links) {
    const std::string usual = netdev_name(id, PortKind::tap);
    if (!vif.tap.empty())
        return vif.tap;
    if (links.find(usual))
        return usual;
    if (const auto record = with_.run.record(id, PortKind::tap))
        return record->name;
    return std::nullopt;
}

bool VifKeeper::has_hooks_to_run() const {
    return with_.residence == Residence::driver_domain && with_.start_program && !find_vif_hooks().empty();
}

bool VifKeeper::is_told(VifId id, KeptVif& vif) {
    const Deadline deadline(longest_look);
    return vif.nodes.read(BackendPath::of(id).node("hotplug-status")) == "connected";
}

/// Hooks run once, when a vif is placed for the first time.
bool VifKeeper::is_for_a_program(VifId id, KeptVif& vif) {
    return !vif.place && has_hooks_to_run() && !is_told(id, vif);
}

void VifKeeper::place_or_wait(VifId id, KeptVif& vif, TimePoint now) {
    try {
        keep(id, vif, now);
        keep_tap(id, vif, now);
    } catch (const MissingBridge& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const MissingNetdev& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const BadInput& bad) {
        fail(id, vif, bad.what());
        if (!vif.was_told)
            try_again(id, vif, now);
    } catch (const Error& error) {
        if (!is_busy(error))
            throw;
        table_.call_again(id, now + until_the_lock_is_free);
    } catch (const PlanFailed& failed) {
        if (!with_.store_is_there())
            throw;
        fail_for_now(id, vif, failed.what(), now);
    }
}

void VifKeeper::place(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.phase == KeptVif::Phase::placed && !vif.is_configured_anew && !vif.is_suspect && is_told(id, vif))
        return; // a guest that connects anew waits for the word again
    if (vif.place && !vif.is_configured_anew && vif.pace.next(now) > now) {
        table_.call_again(id, vif.pace.next(now));
        return;
    }
    if (is_found_placed(id, vif))
        return;
    if (is_for_a_program(id, vif)) {
        with_.start_program(id, Verb::online);
        vif.program_runs = true;
        return;
    }
    place_or_wait(id, vif, now);
}

/// By its number the netdev is known whatever somebody called it. Written down, so that it is found by that name.
void VifKeeper::follow_rename(PortKind kind, VifId id, const PlacedPort& before) {
    const auto link = with_.links.find(before.port.index);
    if (!link || link->name == before.port.name || identifies_itself(*link))
        return;
    with_.run.make();
    with_.run.write_record(id, kind, {link->index, link->name});
}

/// A port that was placed before stays as it was placed, whatever MTU the bridge has by now: a bridge takes that of its
/// smallest port, and one port that somebody shrinks would take all of them along.
PlacedPort VifKeeper::bring(Verb verb, VifId id, KeptVif& vif, TimePoint now) {
    const PortKind kind = verb == Verb::add ? PortKind::tap : PortKind::vif;
    const auto& before = kind == PortKind::tap ? vif.tap_place : vif.place;
    Bringing how{.run_hooks = false, .lock = PortLock::Patience::none};
    how.takes_over = !before;
    if (before)
        follow_rename(kind, id, *before);
    if (const auto& home = before ? before : vif.place) // a tap goes where its vif is
        how.bridge = home->bridge.index;
    how.is_repair = before && !vif.is_configured_anew;
    if (how.is_repair)
        how.mtu = Mtu(before->mtu);
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    const HotplugCall call = call_of(verb, id, kind == PortKind::tap ? vif.tap : vif.netdev);
    BroughtUp done = bring_up(call, machine(with_.links, vif, deadline, log), how);
    if (how.mtu)
        done.place.mtu = how.mtu->bytes();
    const bool was_repair = note(kind, id, vif, done, now);
    for (const EventLog::Line& line : log.take()) // that there was nothing to do is no news, and a repair has been told
        if (!done.made.empty() && (!was_repair || line.level != EventLog::Level::info))
            with_.log(line);
    if (done.untold)
        throw PlanFailed(*done.untold);
    return done.place;
}

void VifKeeper::keep(VifId id, KeptVif& vif, TimePoint now) {
    const PlacedPort place = bring(Verb::online, id, vif, now);
    warn_of_bridge(place.bridge);
    settle(id, vif, place);
}

/// The device model makes and removes the tap as it likes: one that is not there is no failure.
void VifKeeper::keep_tap(VifId id, KeptVif& vif, TimePoint now) {
    const auto tap = tap_of(id, vif, with_.links);
    if (!tap)
        return;
    vif.tap = *tap;
    try {
        const PlacedPort place = bring(Verb::add, id, vif, now);
        table_.own(id, vif.tap_place, place);
        vif.tap_place = place;
        vif.tap = place.port.name;
    } catch (const MissingNetdev&) {
        table_.own(id, vif.tap_place, std::nullopt);
        vif.tap_place.reset();
        vif.tap.clear();
    }
}

/// Once for each bridge.
void VifKeeper::warn_of_bridge(const Netdev& bridge) {
    if (!warned_of_.insert(bridge.index.number()).second)
        return;
    if (const auto chain = dropping_forward_chain(bridge.name))
        write(EventLog::Level::warning,
              printable(bridge.name) + ": the guests' frames pass through " + *chain +
                  ", since the bridge hands them to iptables (bridge-nf-call-iptables), and its policy is to drop: "
                  "only what a rule accepts gets through");
}

/// Gives whether it was a repair.
bool VifKeeper::note(PortKind kind, VifId id, KeptVif& vif, const BroughtUp& done, TimePoint now) {
    const auto& place = kind == PortKind::tap ? vif.tap_place : vif.place;
    const std::string netdev = netdev_name(id, kind);
    const std::string who = kind == PortKind::tap ? netdev + " " : "";
    const std::string bridge = printable(done.place.bridge.name);
    const auto drift = place ? drift_of(done.before, *place) : std::nullopt;
    const bool is_repair = drift && !vif.is_configured_anew;
    if (!place)
        vif.history.add(Clock::now(), VifHistory::What::placed, who + "on " + bridge);
    else if (is_repair)
        note_repair(netdev, vif, "found " + *drift, now);
    else if (*place != done.place)
        vif.history.add(Clock::now(), VifHistory::What::moved, who + "to " + bridge);
    return is_repair;
}

void VifKeeper::note_repair(const std::string& netdev, KeptVif& vif, const std::string& drift, TimePoint now) {
    const bool was_slowed = vif.pace.is_slowed();
    vif.pace.repaired(now);
    vif.history.add(Clock::now(), VifHistory::What::repaired, drift);
    write(EventLog::Level::warning, netdev + ": " + drift + "; put back");
    if (!vif.pace.is_slowed() || was_slowed)
        return;
    vif.history.add(Clock::now(), VifHistory::What::slowed, "");
    write(EventLog::Level::warning,
          netdev + ": something else on this host keeps changing it; from now on it is put back more slowly");
}

// --- what cannot be done --------------------------------------------------------------------------------------------

/// What is heard of its netdev meanwhile may be the echo of the last try, which was undone.
bool VifKeeper::waits_for_its_next_try(const KeptVif& vif, TimePoint now) {
    return vif.phase == KeptVif::Phase::failed && vif.again && now < *vif.again;
}

void VifKeeper::try_again(VifId id, KeptVif& vif, TimePoint now) {
    vif.retry = std::clamp(vif.retry * 2, first_retry, longest_retry);
    table_.call_again(id, now + vif.retry);
}

/// The store or the kernel may think better of it.
void VifKeeper::fail_for_now(VifId id, KeptVif& vif, const std::string& reason, TimePoint now) {
    fail(id, vif, reason);
    try_again(id, vif, now);
}

void VifKeeper::wait(VifId id, KeptVif& vif, const std::string& reason, TimePoint now) {
    if (vif.phase != KeptVif::Phase::waiting) {
        vif.waits_since = now;
        vif.was_told = false;
    } else if (vif.reason != reason)
        vif.was_told = false;
    vif.phase = KeptVif::Phase::waiting;
    vif.reason = reason;
    vif.history.add(Clock::now(), VifHistory::What::waits, reason);
    const TimePoint end = *vif.waits_since + settings_.patience;
    if (now < end) {
        table_.call_again(id, end);
        return;
    }
    tell_failure(id, vif, reason);
    if (!vif.was_told)
        try_again(id, vif, now);
}

void VifKeeper::fail(VifId id, KeptVif& vif, const std::string& reason) {
    if (vif.reason != reason)
        vif.was_told = false;
    vif.phase = KeptVif::Phase::failed;
    vif.reason = reason;
    vif.history.add(Clock::now(), VifHistory::What::error, reason);
    tell_failure(id, vif, reason);
}

void VifKeeper::tell_failure(VifId id, KeptVif& vif, const std::string& reason) {
    if (vif.was_told)
        return;
    const std::string sentence = vif_name(id) + ": " + reason;
    write(EventLog::Level::error, sentence);
    try {
        const Deadline deadline(longest_look);
        write_failure_report(vif.nodes, call_of(Verb::online, id, vif.netdev), sentence);
        vif.was_told = true;
    } catch (const Error& error) {
        write(EventLog::Level::error, vif_name(id) + ": " + error.what());
    }
}

// --- taking it off --------------------------------------------------------------------------------------------------

/// False when somebody else is at work for it.
bool VifKeeper::take_off(VifId id, KeptVif& vif) {
    const TakingDown how{.run_hooks = false, .lock = PortLock::Patience::none};
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    try {
        take_down(call_of(Verb::offline, id, vif.netdev), machine(with_.links, vif, deadline, log), how);
        if (vif.tap_place)
            take_down(call_of(Verb::remove, id, vif.tap), machine(with_.links, vif, deadline, log), how);
    } catch (const Error& error) {
        if (!is_busy(error))
            throw;
        return false;
    }
    write(log);
    return true;
}

void VifKeeper::detach(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.phase == KeptVif::Phase::detached)
        return;
    if (vif.place && has_hooks_to_run()) {
        with_.start_program(id, Verb::offline);
        vif.program_runs = true;
        table_.own(id, vif.place, std::nullopt);
        vif.place.reset();
        return;
    }
    if (!take_off(id, vif)) {
        table_.call_again(id, now + until_the_lock_is_free);
        return;
    }
    for (auto* place : {&vif.place, &vif.tap_place}) {
        table_.own(id, *place, std::nullopt);
        place->reset();
    }
    vif.phase = KeptVif::Phase::detached;
    vif.history.add(Clock::now(), VifHistory::What::detached, "");
}

/// As xl devd does, and with it the domain's directory where nothing is left in it.
void VifKeeper::remove_backend(VifId id, KeptVif& vif) {
    const std::string backend = BackendPath::of(id).path;
    const std::string domain = backend.substr(0, backend.rfind('/'));
    const Deadline deadline(longest_look);
    (void)vif.nodes.change_below(backend, {{.path = backend, .value = std::nullopt}});
    vif.nodes.forget("");
    try {
        if (const auto others = with_.store.list(domain); others && others->empty())
            (void)with_.store.change_below(domain, {{.path = domain, .value = std::nullopt}});
    } catch (const Error&) { // domain 0 removes it, too, and may have been first
        if (!with_.store_is_there())
            throw;
    }
}

void VifKeeper::write(EventLog& log) {
    for (const EventLog::Line& line : log.take())
        with_.log(line);
}

void VifKeeper::write(EventLog::Level level, std::string text) {
    with_.log({level, std::move(text)});
}

} // namespace vifplug
