// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_keeper.hpp"

#include "app/bring_up.hpp"
#include "app/carry_out.hpp"
#include "app/failure_report.hpp"
#include "app/port_snapshot.hpp"
#include "app/vif_hooks.hpp"
#include "core/backend_report.hpp"
#include "core/error.hpp"

#include <algorithm>

namespace vifplug {

namespace {

using Clock = std::chrono::system_clock;

/// Somebody else has the vif's lock: a vif-bridge at its work, which has hooks to run perhaps.
constexpr std::chrono::milliseconds until_the_lock_is_free{20};

constexpr std::chrono::seconds first_retry{1};
constexpr std::chrono::seconds longest_retry{60};

std::string vif_name(VifId id) {
    return netdev_name(id, PortKind::vif);
}

} // namespace

VifKeeper::VifKeeper(VifSurroundings surroundings, Settings settings)
    : with_(std::move(surroundings)), settings_(std::move(settings)), news_(table_, with_.store),
      naming_(with_, settings_.scripts, settings_.patience, table_), placer_(with_, naming_, table_) {}

// --- what to look at ------------------------------------------------------------------------------------------------

void VifKeeper::look_at_all() {
    const Deadline deadline(longest_look);
    for (const auto& [id, vif] : table_.vifs())
        table_.call_off(id);
    table_.suspect_those([](const KeptVif&) { return true; });
    news_.discover();
    std::unique_ptr<Links> links;
    try {
        links = with_.survey();
        news_.know_bridges(links ? links->bridges() : with_.links.bridges());
        if (links)
            news_.know_taps(links->all());
    } catch (const Error&) { // the lists keep changing while they are read: each vif is looked at by itself then
        links.reset();
    }
    survey_.begin(std::move(links), table_.all_marked());
}

void VifKeeper::start_over() {
    for (const auto& [id, vif] : table_.vifs())
        table_.find(id)->nodes.forget("");
    look_at_all();
}

void VifKeeper::reconcile() {
    for (const auto& [id, vif] : table_.vifs())
        table_.find(id)->pace = {};
    start_over();
}

void VifKeeper::reconcile(VifId id) {
    if (KeptVif* vif = table_.find(id)) {
        vif->pace = {};
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
    survey_.heard(changes);
    news_.heard(changes);
    std::set<int> others;
    for (const LinkChange& change : changes)
        if (change.what == LinkChange::What::vlans && !table_.owner_of(change.index))
            others.insert(change.index.number());
    if (!others.empty())
        look_at_uplinks(others);
}

/// Of those of the ports that were made to carry VLANs for guests: where one carries them no longer, who needs them is
/// looked at, and has it carry them again.
void VifKeeper::look_at_uplinks(const std::set<int>& ports) {
    try {
        const Deadline deadline(longest_look);
        for (const CarriedVlans& carried : with_.vlan_records.carried()) {
            if (!ports.contains(carried.nic.number()) ||
                not_carried(with_.links.vlans(carried.nic), carried.vlans).empty())
                continue;
            const auto nic = with_.links.find(carried.nic);
            table_.suspect_those([&](const KeptVif& vif) {
                return nic && vif.place && vif.place->vlans && vif.place->bridge.index == nic->master;
            });
        }
    } catch (const Error&) { // what the kernel does not tell now it does not tell of ports either: they are looked at
        table_.suspect_those([](const KeptVif& vif) { return vif.place && vif.place->vlans; });
    }
}

/// Hooks hear of the end once. Of a program that has not had its turn the next daemon has to know.
void VifKeeper::program_begun(VifId id, Verb verb) {
    if (verb == Verb::offline)
        with_.run.forget_hooks(id);
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
    table_.has_failed(id);
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
    survey_.looked_at(*id);
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
    if (vif.program_runs) // not to be forgotten either, however fast the backend goes: what comes next is not its end
        return;
    std::optional<Deadline> deadline(longest_look);
    if (!vif.nodes.exists()) {
        leave(id, vif);
        return;
    }
    const Duty what = duty(id, vif);
    deadline.reset();
    if (vif.history.events().empty())
        vif.history.add(Clock::now(), VifHistory::What::seen, "");
    if (what == Duty::place && waits_for_its_next_try(vif, now)) {
        placer_.set_down_where_nothing_filters(id, vif);
        return;
    }
    table_.call_off(id);
    switch (what) {
    case Duty::pass:
        rest(vif, not_ours);
        placer_.let_go(PortKind::vif, id, vif);
        placer_.let_go(PortKind::tap, id, vif);
        break;
    case Duty::nothing:
        rest(vif, vif.phase == placed ? placed : idle);
        break;
    case Duty::place:
        vif.is_leaving = false;
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

/// Nothing is to be done for it, and that has no reason to tell.
void VifKeeper::rest(KeptVif& vif, KeptVif::Phase phase) {
    vif.phase = phase;
    vif.reason.clear();
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
    with_.run.forget_hooks(id);
    table_.forget(id);
}

// --- placing it -----------------------------------------------------------------------------------------------------

/// By the survey, as long as there is one.
bool VifKeeper::is_found_placed(VifId id, KeptVif& vif) {
    Links* survey = survey_.links_for(id);
    const auto place = survey == nullptr ? std::nullopt : placer_.find_in(*survey, id, vif);
    if (!place || survey_.is_outdated(place->port.index))
        return false;
    placer_.take_as_placed(id, vif, *place);
    return true;
}

bool VifKeeper::has_hooks_to_run() const {
    return with_.residence == Residence::driver_domain && with_.start_program && !find_vif_hooks().empty();
}

bool VifKeeper::is_told(VifId id, KeptVif& vif) {
    const Deadline deadline(longest_look);
    const BackendPath backend = BackendPath::of(id);
    return was_announced(vif.nodes.read(backend.node("hotplug-status")), vif.nodes.read(backend.node("state")));
}

/// Hooks run once, when a vif is placed for the first time.
bool VifKeeper::is_for_a_program(VifId id, KeptVif& vif) {
    return !vif.place && has_hooks_to_run() && !is_told(id, vif);
}

/// The program does not wait for what is missing. One that a daemon before this one started may be at work still: when
/// it has ended, hotplug-status says so. False while it is.
bool VifKeeper::place_by_program(VifId id, KeptVif& vif, TimePoint now) {
    if (!placer_.check(id, vif))
        return false;
    vif.nodes.forget("hotplug-status"); // whoever has let go of the lock wrote it, perhaps after it was read
    if (is_told(id, vif))
        return placer_.place(id, vif, now);
    with_.run.note_hooks(id);
    with_.start_program(id, Verb::online);
    vif.program_runs = true;
    return true;
}

void VifKeeper::place_or_wait(VifId id, KeptVif& vif, TimePoint now) {
    try {
        if (!(is_for_a_program(id, vif) ? place_by_program(id, vif, now) : placer_.place(id, vif, now)))
            table_.call_again(id, now + until_the_lock_is_free);
    } catch (const MissingBridge& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const MissingNetdev& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const BadInput& bad) {
        fail(id, vif, bad.what());
        if (!vif.was_told)
            try_again(id, vif, now);
    } catch (const PlanFailed& failed) {
        if (!with_.store_is_there())
            throw;
        fail_for_now(id, vif, failed.what(), now);
    }
}

bool VifKeeper::is_left_to_its_script(VifId id, KeptVif& vif, TimePoint now) {
    const Deadline deadline(longest_look);
    if (!naming_.is_awaited(id, vif, now))
        return false;
    vif.phase = KeptVif::Phase::waiting;
    vif.waits_since = now;
    vif.reason = "Xen's own script is about to give it its name";
    return true;
}

void VifKeeper::place(VifId id, KeptVif& vif, TimePoint now) {
    const bool has_all = vif.tap.empty() || vif.tap_place;
    if (vif.phase == KeptVif::Phase::placed && has_all && !vif.is_configured_anew && !vif.is_suspect &&
        is_told(id, vif))
        return; // a guest that connects anew waits for the word again
    if (vif.place && !vif.is_configured_anew && vif.pace.next(now) > now) {
        vif.reason = "something else on this host keeps changing it: it is put back after a pause";
        table_.call_again(id, vif.pace.next(now));
        placer_.set_down_where_nothing_filters(id, vif);
        return;
    }
    if (is_found_placed(id, vif) || is_left_to_its_script(id, vif, now))
        return;
    place_or_wait(id, vif, now);
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
    if (vif.phase != KeptVif::Phase::waiting)
        vif.waits_since = now;
    if (vif.reason != reason)
        vif.was_told = false;
    vif.phase = KeptVif::Phase::waiting;
    vif.reason = reason;
    vif.history.add(Clock::now(), VifHistory::What::waits, reason);
    const TimePoint end = vif.waits_since + settings_.patience;
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
    table_.has_failed(id);
    vif.reason = reason;
    vif.history.add(Clock::now(), VifHistory::What::error, reason);
    tell_failure(id, vif, reason);
}

void VifKeeper::tell_failure(VifId id, KeptVif& vif, const std::string& reason) {
    if (vif.was_told)
        return;
    const std::string sentence = vif_name(id) + ": " + reason;
    with_.log({EventLog::Level::error, sentence});
    try {
        const Deadline deadline(longest_look);
        write_failure_report(vif.nodes, call_for(id, Verb::online, vif.netdev), sentence);
        vif.was_told = true;
    } catch (const Error& error) {
        if (!with_.store_is_there())
            throw;
        with_.log({EventLog::Level::error, vif_name(id) + ": " + error.what()});
    }
}

// --- taking it off --------------------------------------------------------------------------------------------------

/// Once, of a vif that they were told of: also by a daemon before this one.
bool VifKeeper::hooks_take_leave(VifId id, const KeptVif& vif) const {
    return !vif.is_leaving && has_hooks_to_run() && (vif.place || with_.run.owes_hooks(id));
}

void VifKeeper::detach(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.phase == KeptVif::Phase::detached)
        return;
    if (hooks_take_leave(id, vif)) {
        with_.start_program(id, Verb::offline);
        vif.program_runs = true;
        vif.is_leaving = true;
        placer_.let_go(PortKind::vif, id, vif);
        return;
    }
    if (!placer_.take_off(id, vif)) {
        table_.call_again(id, now + until_the_lock_is_free);
        return;
    }
    placer_.let_go(PortKind::vif, id, vif);
    placer_.let_go(PortKind::tap, id, vif);
    rest(vif, KeptVif::Phase::detached);
    vif.history.add(Clock::now(), VifHistory::What::detached, "");
}

/// As xl devd does, and with it the domain's directory where nothing is left in it: in one transaction, since domain 0
/// waits for just that to make the next one, there or beside it.
void VifKeeper::remove_backend(VifId id, KeptVif& vif) {
    const BackendPath backend = BackendPath::of(id);
    const std::string domain = backend.path.substr(0, backend.path.rfind('/'));
    const Deadline deadline(longest_look);
    (void)vif.nodes.change_below(
        backend.path,
        {{.path = backend.path, .value = std::nullopt},
         {.path = domain, .value = std::nullopt, .may_be_refused = true, .only_when_empty = true}},
        {{backend.node("state"), "6"}, {backend.node("online"), "0"}});
    vif.nodes.forget("");
}

} // namespace vifplug
