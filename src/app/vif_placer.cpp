// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_placer.hpp"

#include "app/bring_up.hpp"
#include "app/carry_out.hpp"
#include "app/take_down.hpp"
#include "app/vif_vlans.hpp"
#include "core/bridge_choice.hpp"
#include "core/error.hpp"
#include "core/ownership.hpp"
#include "core/text.hpp"
#include "system/forward_policy.hpp"

#include <algorithm>
#include <stdexcept>

namespace vifplug {

namespace {

using Clock = std::chrono::system_clock;

} // namespace

/// A tap with another name than its first is found by what was written down of it: nobody calls it by that.
HotplugCall call_for(VifId id, Verb verb, const std::string& netdev) {
    const PortKind kind = verb == Verb::add || verb == Verb::remove ? PortKind::tap : PortKind::vif;
    const bool is_renamed_tap = kind == PortKind::tap && parse_tap_name(netdev) != id;
    return {.verb = verb,
            .kind = kind,
            .backend = BackendPath::of(id),
            .port = is_renamed_tap ? netdev_name(id, kind) : netdev,
            .bridge = std::nullopt,
            .ip = std::nullopt,
            .assignments = {}};
}

Machine VifPlacer::machine(Links& links, KeptVif& vif, Deadline& deadline, EventLog& log) const {
    return {links, vif.nodes, with_.run, deadline, log, with_.vlan_records, with_.known_uplinks};
}

std::optional<PlacedPort> VifPlacer::look(Links& links, VifId id, KeptVif& vif) const {
    Bringing how{.takes_over = !vif.place};
    if (vif.place) {
        how.bridge = vif.place->bridge.index;
        how.mtu = Mtu(vif.place->mtu);
        how.is_repair = !vif.is_configured_anew;
    }
    Deadline deadline(longest_look);
    EventLog unheard("vifplugd");
    return find_placed(call_for(id, Verb::online, vif.netdev), machine(links, vif, deadline, unheard), how);
}

bool VifPlacer::check(VifId id, KeptVif& vif) const {
    (void)look(with_.links, id, vif);
    with_.run.make();
    try {
        const PortLock lock(with_.run.lock_path(id, PortKind::vif), PortLock::Patience::none);
        return true;
    } catch (const LockBusy&) {
        return false;
    }
}

std::optional<PlacedPort> VifPlacer::find_in(Links& survey, VifId id, KeptVif& vif) const {
    if (const std::string tap = netdev_name(id, PortKind::tap); vif.tap.empty() && survey.find(tap))
        vif.tap = tap;
    if (tap_of(id, vif))
        return std::nullopt; // two netdevs have to be looked at
    try {
        return look(survey, id, vif);
    } catch (const BadInput&) { // the closer look says why
    } catch (const Error&) {    // so it does of these; and lists that keep changing do not keep it from looking
    }
    return std::nullopt;
}

void VifPlacer::take_as_placed(VifId id, KeptVif& vif, const PlacedPort& place) {
    if (!vif.place)
        vif.history.add(Clock::now(), VifHistory::What::placed, "on " + printable(place.bridge.name) + " already");
    settle(id, vif, place);
    be_content(vif);
}

/// What the vif's tap is called, where it has one.
std::optional<std::string> VifPlacer::tap_of(VifId id, const KeptVif& vif) const {
    if (!vif.tap.empty())
        return vif.tap;
    if (const auto record = with_.run.record(id, PortKind::tap))
        return record->name;
    return std::nullopt;
}

void VifPlacer::settle(VifId id, KeptVif& vif, const PlacedPort& place) {
    if (vif.place && vif.place->port.name != place.port.name)
        table_.a_name_is_free();
    table_.own(id, vif.place, place);
    vif.place = place;
    vif.netdev = place.port.name;
    vif.phase = KeptVif::Phase::placed;
}

/// Both of its netdevs are where they are to be.
void VifPlacer::be_content(KeptVif& vif) {
    vif.reason.clear();
    vif.is_configured_anew = false;
    vif.is_suspect = false;
    vif.retry = std::chrono::seconds(0);
}

bool VifPlacer::place(VifId id, KeptVif& vif, TimePoint now) {
    try {
        keep_both(id, vif, now);
        be_content(vif);
        return true;
    } catch (const LockBusy&) {
        set_down_where_nothing_filters(id, vif); // whoever it is may be at work, or asleep, for half a minute
        return false;
    } catch (const std::runtime_error&) { // refused, or the kernel does not do it
        set_down_where_nothing_filters(id, vif);
        throw;
    }
}

/// By its number the netdev is known whatever somebody called it. Written down, so that it is found by that name.
void VifPlacer::follow_rename(PortKind kind, VifId id, const PlacedPort& before) {
    const auto link = with_.links.find(before.port.index);
    if (!link || link->name == before.port.name || identifies_itself(*link))
        return;
    with_.run.make();
    with_.run.write_record(id, kind, {link->index, link->name});
}

/// A port that was placed before stays as it was placed, whatever MTU the bridge has by now: a bridge takes that of its
/// smallest port, and one port that somebody shrinks would take all of them along.
PlacedPort VifPlacer::bring(Verb verb, VifId id, KeptVif& vif, TimePoint now) {
    const PortKind kind = verb == Verb::add ? PortKind::tap : PortKind::vif;
    const auto& before = kind == PortKind::tap ? vif.tap_place : vif.place;
    Bringing how{.run_hooks = false, .lock = PortLock::Patience::none};
    how.takes_over = !before;
    if (before)
        follow_rename(kind, id, *before);
    if (const auto& home = before ? before : vif.place) // a tap goes where its vif is
        how.bridge = home->bridge.index;
    how.is_repair = before && !vif.is_configured_anew;
    if (before)
        how.mtu = Mtu(before->mtu);
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    const HotplugCall call = call_for(id, verb, kind == PortKind::tap ? vif.tap : vif.netdev);
    const BroughtUp done = bring_up(call, machine(with_.links, vif, deadline, log), how);
    const bool was_repair = note(kind, id, vif, done, now);
    for (const EventLog::Line& line : log.take()) // that there was nothing to do is no news, and a repair has been told
        if (!done.made.empty() && (!was_repair || line.level != EventLog::Level::info))
            with_.log(line);
    if (done.untold)
        throw PlanFailed(*done.untold);
    return done.place;
}

void VifPlacer::keep(VifId id, KeptVif& vif, TimePoint now) {
    const PlacedPort place = bring(Verb::online, id, vif, now);
    warn_of_bridge(place.bridge);
    settle(id, vif, place);
}

/// The device model makes and removes the tap as it likes: one that is not there is no failure.
void VifPlacer::keep_tap(VifId id, KeptVif& vif, TimePoint now) {
    const auto tap = tap_of(id, vif);
    if (!tap)
        return;
    vif.tap = *tap;
    if (naming_.is_awaited_for_tap(id, vif, now))
        return;
    try {
        const PlacedPort place = bring(Verb::add, id, vif, now);
        table_.own(id, vif.tap_place, place);
        vif.tap_place = place;
        vif.tap = place.port.name;
    } catch (const MissingNetdev&) {
        let_go(PortKind::tap, id, vif);
        with_.run.remove_record(id, PortKind::tap);
        vif.tap.clear();
    }
}

/// The port, where it was given VLANs: by a daemon before this one or a vif-bridge, too, as they noted.
std::optional<Link> VifPlacer::port_with_vlans(PortKind kind, VifId id, const KeptVif& vif) const {
    if (const auto& place = kind == PortKind::tap ? vif.tap_place : vif.place)
        return place->vlans ? with_.links.find(place->port.index) : std::nullopt;
    const auto noted = with_.run.noted_vlans(id, kind);
    const auto port = noted ? with_.links.find(noted->index) : std::nullopt;
    return port && belongs_to(*port, id, kind, with_.run.record(id, kind)) ? port : std::nullopt;
}

void VifPlacer::set_down_where_nothing_filters(VifId id, const KeptVif& vif) {
    for (const PortKind kind : {PortKind::vif, PortKind::tap}) {
        const auto port = port_with_vlans(kind, id, vif);
        const auto master = port && port->up && port->master ? with_.links.find(*port->master) : std::nullopt;
        if (!master || !is_bridge(*master) || (master->vlan_settings && master->vlan_settings->filters) ||
            was_made_for_a_vlan(master->name, with_.vlan_records))
            continue;
        with_.links.perform(SetDown{netdev_of(*port)});
        with_.log({EventLog::Level::error, printable(port->name) + ": bridge " + printable(master->name) +
                                               " does not filter VLANs and would let all of them through; set down"});
    }
}

/// A vif that is refused has its tap looked at all the same: where nothing filters the VLANs of the one, the other is
/// not to be up either.
void VifPlacer::keep_both(VifId id, KeptVif& vif, TimePoint now) {
    try {
        keep(id, vif, now);
    } catch (const BadInput&) {
        try {
            keep_tap(id, vif, now);
        } catch (const std::runtime_error&) { // the vif's own reason is told, and first of all
            if (!with_.store_is_there())
                throw;
        }
        throw;
    }
    keep_tap(id, vif, now);
}

/// Once for each bridge.
void VifPlacer::warn_of_bridge(const Netdev& bridge) {
    if (!warned_of_.insert(bridge.index.number()).second)
        return;
    if (const auto chain = dropping_forward_chain(bridge.name))
        with_.log(
            {EventLog::Level::warning,
             printable(bridge.name) + ": the guests' frames pass through " + *chain +
                 ", since the bridge hands them to iptables (bridge-nf-call-iptables), and its policy is to drop: "
                 "only what a rule accepts gets through"});
}

/// Gives whether it was a repair.
bool VifPlacer::note(PortKind kind, VifId id, KeptVif& vif, const BroughtUp& done, TimePoint now) {
    const auto& place = kind == PortKind::tap ? vif.tap_place : vif.place;
    const std::string netdev = netdev_name(id, kind);
    const std::string who = kind == PortKind::tap ? netdev + " " : "";
    const std::string bridge = printable(done.place.bridge.name);
    const auto drift = place ? drift_of(done.before, *place) : std::nullopt;
    const bool is_repair = drift && !vif.is_configured_anew && !done.made.empty();
    if (!place)
        vif.history.add(Clock::now(), VifHistory::What::placed, who + "on " + bridge);
    else if (is_repair)
        note_repair(netdev, vif, "found " + *drift, done.place.bridge.index == place->bridge.index, now);
    else if (*place != done.place)
        vif.history.add(Clock::now(), VifHistory::What::moved, who + "to " + bridge);
    return is_repair;
}

/// A bridge that was made again took all its ports along: that is nobody's fight for one of them.
void VifPlacer::note_repair(const std::string& netdev, KeptVif& vif, const std::string& drift, bool bridge_stayed,
                            TimePoint now) {
    const bool was_slowed = vif.pace.is_slowed(now);
    if (bridge_stayed)
        vif.pace.repaired(now);
    vif.history.add(Clock::now(), VifHistory::What::repaired, drift);
    with_.log({EventLog::Level::warning, netdev + ": " + drift + "; put back"});
    if (!vif.pace.is_slowed(now) || was_slowed)
        return;
    vif.history.add(Clock::now(), VifHistory::What::slowed, "");
    with_.log({EventLog::Level::warning,
               netdev + ": something else on this host keeps changing it; from now on it is put back more slowly"});
}

void VifPlacer::let_go(PortKind kind, VifId id, KeptVif& vif) {
    auto& place = kind == PortKind::tap ? vif.tap_place : vif.place;
    table_.own(id, place, std::nullopt);
    place.reset();
    (kind == PortKind::tap ? vif.tap_is_named : vif.is_named).reset();
}

bool VifPlacer::take_off(VifId id, KeptVif& vif) {
    const TakingDown how{.run_hooks = false, .lock = PortLock::Patience::none};
    Deadline deadline(longest_look);
    EventLog log("vifplugd");
    try {
        take_down(call_for(id, Verb::offline, vif.netdev), machine(with_.links, vif, deadline, log), how);
        if (vif.tap_place)
            take_down(call_for(id, Verb::remove, vif.tap), machine(with_.links, vif, deadline, log), how);
    } catch (const LockBusy&) {
        return false;
    }
    for (const EventLog::Line& line : log.take())
        with_.log(line);
    return true;
}

} // namespace vifplug
