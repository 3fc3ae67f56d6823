// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_keeper.hpp"

#include "app/bring_up.hpp"
#include "app/carry_out.hpp"
#include "app/failure_report.hpp"
#include "app/port_snapshot.hpp"
#include "app/take_down.hpp"
#include "core/error.hpp"
#include "core/ownership.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace vifplug {

namespace {

constexpr const char* backends = "backend/vif";

/// For one vif. A store or a kernel that takes longer is in trouble; libxl gives a script 40.
constexpr std::chrono::seconds longest_look{10};

/// Somebody else has the vif's lock: a vif-bridge at its work, which has hooks to run perhaps.
constexpr std::chrono::milliseconds until_the_lock_is_free{20};

constexpr std::chrono::seconds first_retry{1};
constexpr std::chrono::seconds longest_retry{60};

HotplugCall call_of(Verb verb, VifId id, const KeptVif& vif) {
    return {.verb = verb,
            .kind = PortKind::vif,
            .backend = BackendPath::of(id),
            .port = vif.netdev,
            .bridge = std::nullopt,
            .ip = std::nullopt,
            .assignments = {}};
}

/// Keys that say where the vif is to be.
bool configures(const std::string& key) {
    return key.empty() || key == "bridge" || key == "vlan" || key == "mtu" || key == "vifname";
}

/// What the programs write themselves, and nobody decides by.
bool is_a_report(const std::string& key) {
    return key == "hotplug-status" || key == "hotplug-error";
}

} // namespace

std::string name_of(KeptVif::Phase phase) {
    switch (phase) {
    case KeptVif::Phase::not_ours:
        return "not ours";
    case KeptVif::Phase::idle:
        return "idle";
    case KeptVif::Phase::waiting:
        return "waiting";
    case KeptVif::Phase::placed:
        return "placed";
    case KeptVif::Phase::failed:
        return "failed";
    case KeptVif::Phase::detached:
        return "detached";
    }
    return "";
}

VifKeeper::VifKeeper(Surroundings surroundings, Settings settings)
    : with_(std::move(surroundings)), settings_(std::move(settings)) {}

// --- what to look at ------------------------------------------------------------------------------------------------

void VifKeeper::mark(VifId id) {
    if (queued_.insert(id).second)
        queue_.push_back(id);
}

void VifKeeper::discover_domain(const std::string& name) {
    for (const std::string& device : with_.store.list(std::string(backends) + "/" + name).value_or(std::vector<std::string>())) {
        const Concern concern = concern_of(std::string(backends) + "/" + name + "/" + device);
        if (concern.vif)
            mark(*concern.vif);
    }
}

void VifKeeper::look_at_all() {
    const Deadline deadline(longest_look);
    for (const auto& [id, vif] : vifs_)
        mark(id);
    for (const std::string& domain : with_.store.list(backends).value_or(std::vector<std::string>()))
        discover_domain(domain);
    survey_ = with_.survey();
    surveyed_ = queued_;
    bridges_.clear();
    for (const Link& bridge : survey_ ? survey_->bridges() : with_.links.bridges())
        bridges_[bridge.index.number()] = {bridge.name, bridge.vlan_settings};
}

void VifKeeper::start_over() {
    for (auto& [id, vif] : vifs_)
        vif.nodes.forget("");
    look_at_all();
}

void VifKeeper::look_at(VifId id) {
    if (const auto known = vifs_.find(id); known != vifs_.end())
        known->second.nodes.forget("");
    mark(id);
}

void VifKeeper::take(Settings settings) {
    settings_ = std::move(settings);
    look_at_all();
}

void VifKeeper::heard(const Concern& concern) {
    switch (concern.extent) {
    case Concern::Extent::nothing:
        return;
    case Concern::Extent::all:
    case Concern::Extent::domain: {
        const Deadline deadline(longest_look);
        for (auto& [id, vif] : vifs_)
            if (!concern.domain || id.domain == *concern.domain) {
                vif.nodes.forget("");
                mark(id);
            }
        if (concern.domain)
            discover_domain(std::to_string(static_cast<std::uint32_t>(*concern.domain)));
        else
            for (const std::string& domain : with_.store.list(backends).value_or(std::vector<std::string>()))
                discover_domain(domain);
        return;
    }
    case Concern::Extent::vif: {
        const auto found = vifs_.find(*concern.vif);
        if (found != vifs_.end()) {
            found->second.nodes.forget(concern.key);
            if (configures(concern.key))
                found->second.is_configured_anew = true;
        }
        if (!is_a_report(concern.key))
            mark(*concern.vif);
        return;
    }
    }
}

void VifKeeper::mark_those_that_need(const std::function<bool(const KeptVif&)>& need) {
    for (const auto& [id, vif] : vifs_)
        if (need(vif))
            mark(id);
}

/// Only what decides about ports: a bridge tells of itself whenever one of its ports changes.
void VifKeeper::heard_of_bridge(const Link& bridge) {
    const SeenBridge seen{bridge.name, bridge.vlan_settings};
    const auto known = bridges_.find(bridge.index.number());
    if (known != bridges_.end() && known->second == seen)
        return;
    bridges_[bridge.index.number()] = seen;
    mark_those_that_need([&](const KeptVif& vif) {
        return vif.phase == KeptVif::Phase::waiting || vif.phase == KeptVif::Phase::failed ||
               (vif.place && vif.place->bridge.index == bridge.index);
    });
}

void VifKeeper::heard_of_link(const Link& link) {
    if (link.kind == "bridge") {
        heard_of_bridge(link);
        return;
    }
    const auto owner = owner_.find(link.index.number());
    if (owner != owner_.end()) {
        KeptVif& vif = vifs_.at(owner->second);
        vif.netdev = link.name;
        if (vif.place && drift_of(link, *vif.place))
            mark(owner->second);
        return;
    }
    const auto named = parse_vif_name(link.name);
    if (named && vifs_.contains(*named))
        mark(*named);
    else if (identifies_itself(link)) // a vif by another name
        mark_those_that_need([&](const KeptVif& vif) { return vif.phase == KeptVif::Phase::waiting; });
}

/// Of several changes of a netdev the last one says how it is now. Our own work makes many, which end as they should.
void VifKeeper::heard(const std::vector<LinkChange>& changes) {
    std::unordered_map<int, const LinkChange*> last;
    for (const LinkChange& change : changes) {
        const int index = change.index.number();
        const auto owner = owner_.find(index);
        switch (change.what) {
        case LinkChange::What::link:
            last[index] = &change;
            break;
        case LinkChange::What::gone:
            last.erase(index);
            bridges_.erase(index);
            if (owner != owner_.end()) {
                mark(owner->second);
                owner_.erase(owner);
            }
            break;
        case LinkChange::What::vlans:
            if (owner != owner_.end() && vifs_.at(owner->second).place && vifs_.at(owner->second).place->vlans)
                mark(owner->second);
            break;
        }
    }
    for (const auto& [index, change] : last)
        heard_of_link(*change->link);
}

// --- when to look ---------------------------------------------------------------------------------------------------

void VifKeeper::call_off(VifId id, KeptVif& vif) {
    if (vif.again)
        timers_.erase({*vif.again, id});
    vif.again.reset();
}

void VifKeeper::call_again(VifId id, KeptVif& vif, TimePoint when) {
    call_off(id, vif);
    vif.again = when;
    timers_.insert({when, id});
}

std::optional<VifKeeper::TimePoint> VifKeeper::next_time() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

void VifKeeper::mark_due(TimePoint now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const VifId id = timers_.begin()->second;
        call_off(id, vifs_.at(id));
        mark(id);
    }
}

bool VifKeeper::work(TimePoint now) {
    if (queue_.empty())
        return false;
    const VifId id = queue_.front();
    KeptVif& vif = vifs_.try_emplace(id, with_.store, id).first->second;
    try {
        look(id, vif, now);
    } catch (const Error& error) {
        if (!with_.store_is_there())
            throw;
        fail_for_now(id, vif, error.what(), now);
    }
    queue_.pop_front();
    queued_.erase(id);
    surveyed_.erase(id);
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
        leave(id);
        return;
    }
    const Duty duty = this->duty(id, vif);
    deadline.reset();
    if (vif.history.events().empty())
        vif.history.add(Clock::now(), VifHistory::What::seen, "");
    call_off(id, vif);
    switch (duty) {
    case Duty::pass:
        vif.phase = not_ours;
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

/// What is written down of it is kept while its netdev is there: the store may have been emptied below running guests.
void VifKeeper::leave(VifId id) {
    const auto found = vifs_.find(id);
    KeptVif& vif = found->second;
    const Deadline deadline(longest_look);
    if (!with_.links.find(vif.place ? vif.place->port.name : vif.netdev)) {
        with_.run.remove_record(id, PortKind::vif);
        with_.run.forget_vlans(id, PortKind::vif);
    }
    if (vif.place)
        owner_.erase(vif.place->port.index.number());
    call_off(id, vif);
    vifs_.erase(found);
}

Machine VifKeeper::machine(Links& links, KeptVif& vif, Deadline& deadline, EventLog& log) {
    return {links, vif.nodes, with_.run, deadline, log, with_.vlan_records, with_.known_uplinks};
}

void VifKeeper::settle(VifId id, KeptVif& vif, const PlacedPort& place) {
    if (vif.place)
        owner_.erase(vif.place->port.index.number());
    vif.place = place;
    vif.netdev = place.port.name;
    owner_.insert_or_assign(place.port.index.number(), id);
    vif.phase = KeptVif::Phase::placed;
    vif.reason.clear();
    vif.waits_since.reset();
    vif.was_told = false;
    vif.is_configured_anew = false;
    vif.retry = std::chrono::seconds(0);
}

/// By the survey, as long as there is one.
bool VifKeeper::is_found_placed(VifId id, KeptVif& vif, const HotplugCall& call) {
    if (!survey_ || !surveyed_.contains(id))
        return false;
    Deadline deadline(longest_look);
    EventLog unheard("vifplugd");
    std::optional<PlacedPort> place;
    try {
        place = find_placed(call, machine(*survey_, vif, deadline, unheard), {});
    } catch (const BadInput&) { // the closer look says why
    } catch (const MissingNetdev&) {
    }
    if (!place)
        return false;
    if (!vif.place)
        vif.history.add(Clock::now(), VifHistory::What::placed, "on " + printable(place->bridge.name) + " already");
    settle(id, vif, *place);
    return true;
}

void VifKeeper::place(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.place && !vif.is_configured_anew && vif.pace.next(now) > now) {
        call_again(id, vif, vif.pace.next(now));
        return;
    }
    const HotplugCall call = call_of(Verb::online, id, vif);
    try {
        if (!is_found_placed(id, vif, call))
            keep(id, vif, call, now);
    } catch (const MissingBridge& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const MissingNetdev& missing) {
        wait(id, vif, missing.what(), now);
    } catch (const BadInput& bad) {
        fail(id, vif, bad.what());
    } catch (const Error& error) {
        if (error.code() != std::errc::resource_unavailable_try_again)
            throw;
        call_again(id, vif, now + until_the_lock_is_free);
    } catch (const PlanFailed& failed) {
        if (!with_.store_is_there())
            throw;
        fail_for_now(id, vif, failed.what(), now);
    }
}

void VifKeeper::keep(VifId id, KeptVif& vif, const HotplugCall& call, TimePoint now) {
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    Bringing how{.run_hooks = false, .lock = PortLock::Patience::none};
    if (vif.place && !vif.is_configured_anew)
        how.mtu = Mtu(vif.place->mtu);
    const BroughtUp done = bring_up(call, machine(with_.links, vif, deadline, log), how);
    note(id, vif, done, now);
    settle(id, vif, done.place);
    if (!done.made.empty()) // that there was nothing to do is no news
        write(log);
}

void VifKeeper::note(VifId id, KeptVif& vif, const BroughtUp& done, TimePoint now) {
    using enum VifHistory::What;
    const std::string bridge = printable(done.place.bridge.name);
    const auto drift = vif.place ? drift_of(done.before, *vif.place) : std::nullopt;
    if (!vif.place) {
        vif.history.add(Clock::now(), placed, "on " + bridge);
    } else if (drift && !vif.is_configured_anew) {
        const std::string netdev = netdev_name(id, PortKind::vif);
        const bool was_slowed = vif.pace.is_slowed();
        vif.pace.repaired(now);
        vif.history.add(Clock::now(), repaired, "found " + *drift);
        write(EventLog::Level::warning, netdev + ": found " + *drift + "; putting it back");
        if (!vif.pace.is_slowed() || was_slowed)
            return;
        vif.history.add(Clock::now(), slowed, "");
        write(EventLog::Level::warning,
              netdev + ": something else on this host keeps changing it; from now on it is put back more slowly");
    } else if (*vif.place != done.place) {
        vif.history.add(Clock::now(), moved, "to " + bridge);
    }
}

/// The store or the kernel may think better of it.
void VifKeeper::fail_for_now(VifId id, KeptVif& vif, const std::string& reason, TimePoint now) {
    fail(id, vif, reason);
    vif.retry = std::clamp(vif.retry * 2, first_retry, longest_retry);
    call_again(id, vif, now + vif.retry);
}

void VifKeeper::wait(VifId id, KeptVif& vif, const std::string& reason, TimePoint now) {
    if (vif.phase != KeptVif::Phase::waiting) {
        vif.waits_since = now;
        vif.was_told = false;
    }
    vif.phase = KeptVif::Phase::waiting;
    vif.reason = reason;
    vif.history.add(Clock::now(), VifHistory::What::waits, reason);
    const TimePoint end = *vif.waits_since + settings_.patience;
    if (now < end)
        call_again(id, vif, end);
    else
        tell_failure(id, vif, reason);
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
    const std::string sentence = netdev_name(id, PortKind::vif) + ": " + reason;
    write(EventLog::Level::error, sentence);
    try {
        const Deadline deadline(longest_look);
        write_failure_report(vif.nodes, call_of(Verb::online, id, vif), sentence);
        vif.was_told = true;
    } catch (const Error& error) {
        write(EventLog::Level::error, netdev_name(id, PortKind::vif) + ": " + error.what());
    }
}

void VifKeeper::detach(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.phase == KeptVif::Phase::detached)
        return;
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    try {
        take_down(call_of(Verb::offline, id, vif), machine(with_.links, vif, deadline, log),
                  {.run_hooks = false, .lock = PortLock::Patience::none});
    } catch (const Error& error) {
        if (error.code() != std::errc::resource_unavailable_try_again)
            write(EventLog::Level::error, netdev_name(id, PortKind::vif) + ": " + error.what());
        call_again(id, vif, now + until_the_lock_is_free);
        return;
    }
    write(log);
    if (vif.place)
        owner_.erase(vif.place->port.index.number());
    vif.place.reset();
    vif.phase = KeptVif::Phase::detached;
    vif.history.add(Clock::now(), VifHistory::What::detached, "");
}

/// As xl devd does, and with it the domain's directory where nothing is left in it.
void VifKeeper::remove_backend(VifId id, KeptVif& vif) {
    const std::string backend = BackendPath::of(id).path;
    const std::string domain = backend.substr(0, backend.rfind('/'));
    const Deadline deadline(longest_look);
    (void)vif.nodes.change_below(backend, {{.path = backend, .value = std::nullopt}});
    if (const auto others = with_.store.list(domain); others && others->empty())
        (void)with_.store.change_below(domain, {{.path = domain, .value = std::nullopt}});
    vif.nodes.forget("");
}

void VifKeeper::write(EventLog& log) {
    for (const EventLog::Line& line : log.take())
        with_.log(line);
}

void VifKeeper::write(EventLog::Level level, std::string text) {
    with_.log({level, std::move(text)});
}

} // namespace vifplug
