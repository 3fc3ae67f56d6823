// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/bring_up.hpp"

#include "app/carry_out.hpp"
#include "app/dry_run.hpp"
#include "app/nic_vlans.hpp"
#include "app/port_snapshot.hpp"
#include "app/vif_hooks.hpp"
#include "app/vif_vlans.hpp"
#include "app/vlan_bridges.hpp"
#include "app/vlan_tidying.hpp"
#include "core/backend_report.hpp"
#include "core/bridge_choice.hpp"
#include "core/error.hpp"
#include "core/placement_bridge.hpp"
#include "core/text.hpp"
#include "core/vif_request.hpp"
#include "system/forward_policy.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>

namespace vifplug {

namespace {

NodeReader reader_of(const HotplugCall& call, Store& store) {
    return [&call, &store](std::string_view key) { return store.read(call.backend.node(key)); };
}

/// A backend that is gone takes no vif up: its domain is being destroyed, or never was.
void check_backend_exists(const HotplugCall& call, const VifRequest& request, Store& store) {
    if (!request.found_in_store && !store.read(call.backend.path))
        throw BadInput("XENBUS_PATH", call.backend.path, "there is no such backend in xenstore");
}

/// What the VLANs of a vif concern beside its port.
struct VlanSurroundings {
    std::vector<UplinkPolicy> uplinks;
    std::unique_ptr<PortLock> lock;      ///< keeps a bridge that was made for a VLAN until the port is on it
    std::vector<std::string> would_make; ///< in a dry run: a line for each
};

/// What is on the machine and in the configuration, and what is to be done about the difference.
struct Prepared {
    VifRequest request;
    PortWanted want;
    PortNow now;
    Plan plan;
    std::optional<VlanList> asked_vlans; ///< those that the configuration asks for, on the port
    bool had_vlans;                      ///< it was noted that the configuration asked for some
    std::optional<Mtu> kept_mtu;         ///< where it asks for none
    VlanSurroundings around;
};

/// No vif that asks for VLANs is up on a bridge that lets all of them through, also one that was up there already. The
/// sentence is the same at each look, so that it is told once.
void check_bridge_filters_or_set_down(const HotplugCall& call, const VifPlace& place, const Link& port, Links& links) {
    try {
        check_bridge_filters(place);
    } catch (const BadInput& bad) {
        if (call.dry_run || port.master != place.bridge.index)
            throw;
        if (port.up)
            links.perform(SetDown{netdev_of(port)});
        throw BadInput(std::string(bad.what()) + "; " + printable(port.name) + " is set down");
    }
}

/// Puts the place on the bridge of its VLAN, which is made where it is missing. The bridge and the VLAN device belong
/// to all guests of the VLAN, so they are no steps of this vif's plan: tidy_up_vlans() removes them when none is left.
void go_to_vlan_bridge(const HotplugCall& call, const UplinkPolicy& uplink, VifPlace& place, VlanSurroundings& around,
                       const Machine& machine) {
    if (!call.dry_run) {
        machine.vlan_records.make_directory();
        around.lock = std::make_unique<PortLock>(machine.vlan_records.lock_path());
    }
    const VlanBridgePlan plan = find_vlan_bridge(place, uplink, machine);
    if (call.dry_run && !plan.bridge)
        around.would_make.push_back("make bridge " + plan.names.bridge + " on VLAN device " + plan.names.device);
    place = {call.dry_run ? as_if_made(plan, uplink) : make_vlan_bridge(plan, machine), std::nullopt};
}

VlanSurroundings look_around(const HotplugCall& call, const Link& port, VifPlace& place, const Machine& machine) {
    VlanSurroundings around;
    around.uplinks = uplinks_of(place.bridge, machine.known_uplinks(), machine.links);
    if (const UplinkPolicy* uplink = in_device_mode(around.uplinks)) {
        go_to_vlan_bridge(call, *uplink, place, around, machine);
    } else {
        check_bridge_filters_or_set_down(call, place, port, machine.links);
        check_vlans_arrive(place, machine.links);
    }
    return around;
}

/// A bridge's MTU follows its smallest port's. Of a vif that is kept, what its guest was told stays as it is all the
/// same, until it goes to another bridge. One that was made again is the same.
std::optional<Mtu> mtu_to_keep(const HotplugCall& call, const Link& port, const VifPlace& place, const Bringing& how,
                               Store& store) {
    if (how.mtu)
        return how.is_repair || how.bridge == place.bridge.index ? how.mtu : std::nullopt;
    const bool runs = how.takes_over && port.up && port.master == place.bridge.index &&
                      store.read(call.backend.node("hotplug-status")) == "connected";
    return runs ? std::optional(Mtu(port.mtu)) : std::nullopt;
}

/// A vif that may be on any bridge does not leave the one that it is on when another one comes; but that of a VLAN
/// which it does not ask for any more.
std::optional<Link> home_of(const VifRequest& request, const Link& port, const Bringing& how, const Machine& machine) {
    if (request.bridge || request.bridge_and_vlans || request.vlans)
        return std::nullopt;
    const auto index = how.bridge || !how.takes_over ? how.bridge : port.master;
    auto bridge = index ? machine.links.find(*index) : std::nullopt;
    const bool is_home = bridge && is_bridge(*bridge) && !was_made_for_a_vlan(bridge->name, machine.vlan_records);
    return is_home ? bridge : std::nullopt;
}

Prepared prepare(const HotplugCall& call, const Machine& machine, const Bringing& how) {
    check_port_name(call);
    VifRequest request = read_vif_request(call, reader_of(call, machine.store));
    check_backend_exists(call, request, machine.store);
    const auto record = machine.run.record(call.backend.id, call.kind);
    const auto link = find_port(call, request.name, record, machine.links);
    if (!link)
        throw MissingNetdev("look up " + subject_of(call), system_code(ENODEV));
    check_name_is_free(*link, request.name, machine.links);
    VifPlace place = find_place(request, machine.vlan_records, machine.links);
    if (auto home = home_of(request, *link, how, machine))
        place.bridge = *std::move(home);
    VlanSurroundings around;
    if (place.vlans)
        around = look_around(call, *link, place, machine);
    const auto kept_mtu = request.mtu ? std::nullopt : mtu_to_keep(call, *link, place, how, machine.store);
    PortWanted want{request.name, place.bridge, request.mtu ? request.mtu : kept_mtu, place.vlans};
    // A vif that had VLANs and is to have none any more goes back to what the bridge gives a new port.
    const auto noted = machine.run.noted_vlans(call.backend.id, call.kind);
    if (!want.vlans && noted && noted->index == link->index && place.bridge.vlan_settings)
        want.vlans = vlans_of_a_new_port(place.bridge);
    PortNow now = look_at_port(*link, want.vlans.has_value(), machine.links);
    Plan plan = plan_attach(want, now);
    return {std::move(request), std::move(want),   std::move(now), std::move(plan),
            place.vlans,        noted.has_value(), kept_mtu,       std::move(around)};
}

ReportNow read_report(const HotplugCall& call, Store& store) {
    ReportNow now{.status = store.read(call.backend.node("hotplug-status")),
                  .error = store.read(call.backend.node("hotplug-error")),
                  .guest_mtu = std::nullopt};
    if (call.kind == PortKind::tap)
        return now;
    now.guest_mtu = store.read(frontend_path(call.backend.id) + "/mtu");
    return now;
}

/// The new name is written down before it is given, so that the netdev is known as ours whatever happens next.
void record_new_name(const HotplugCall& call, const Link& port, const Plan& plan, const RunDirectory& run) {
    if (identifies_itself(port))
        return;
    for (const Step& step : plan)
        if (const auto* rename = std::get_if<Rename>(&step))
            run.write_record(call.backend.id, call.kind, {rename->port.index, rename->to});
}

unsigned effective_mtu(const Prepared& prepared, const Outcome& outcome) {
    const bool refused = std::any_of(outcome.refused.begin(), outcome.refused.end(),
                                     [](const Step& step) { return std::holds_alternative<SetMtu>(step); });
    return refused ? prepared.now.link.mtu : wanted_mtu(prepared.want);
}

/// Of what it is known to have had, nothing is forgotten because the kernel refuses it now.
unsigned mtu_to_stay(const Prepared& prepared, const Outcome& outcome) {
    return prepared.kept_mtu ? prepared.kept_mtu->bytes() : effective_mtu(prepared, outcome);
}

/// Looks again and does what is left to do; one round more is enough, since nothing in it brings anything new.
void finish(const Prepared& prepared, Outcome& outcome, Links& links) {
    const auto link = links.find(prepared.now.link.index);
    if (!link)
        return; // it went away, and whoever took it is about to call again
    PortWanted want = prepared.want;
    want.mtu = Mtu(link->mtu);
    Outcome more;
    try {
        more = carry_out(plan_attach(want, look_at_port(*link, want.vlans.has_value(), links)), links);
    } catch (const PlanFailed& failed) {
        throw PlanFailed(std::string(failed.what()) + "; before that " + undo(outcome.made, links));
    }
    std::move(more.made.begin(), more.made.end(), std::back_inserter(outcome.made));
    std::move(more.warnings.begin(), more.warnings.end(), std::back_inserter(outcome.warnings));
}

std::string port_name(const Prepared& prepared) {
    return prepared.want.name ? prepared.want.name->str() : prepared.now.link.name;
}

/// "renamed to web0, moved from br9 to xenbr0, MTU 1500"
std::string summary(const Prepared& prepared, unsigned mtu) {
    const std::string bridge = printable(prepared.want.bridge.name);
    if (prepared.plan.empty())
        return "on " + bridge + " already, nothing to do";
    std::string text = port_name(prepared) == prepared.now.link.name ? "" : "renamed to " + port_name(prepared) + ", ";
    const auto joins = [](const Step& step) { return std::holds_alternative<Join>(step); };
    if (std::none_of(prepared.plan.begin(), prepared.plan.end(), joins))
        text += "corrected on " + bridge;
    else if (prepared.now.master)
        text += "moved from " + printable(prepared.now.master->name) + " to " + bridge;
    else
        text += "added to " + bridge;
    if (prepared.want.vlans)
        text += ", " + in_words(*prepared.want.vlans);
    return text + ", MTU " + std::to_string(mtu);
}

void warn_of_dropped_frames(const HotplugCall& call, const Link& bridge, EventLog& log) {
    if (const auto chain = dropping_forward_chain(bridge.name))
        log.warning(subject_of(call) + ": the guest's frames pass through " + *chain +
                    ", since the bridge hands them to iptables (bridge-nf-call-iptables), and its policy is to drop: "
                    "only what a rule accepts gets through");
}

void print_plan(const HotplugCall& call, const Prepared& prepared, const std::vector<std::string>& hooks,
                Store& store) {
    print_lines(prepared.around.would_make);
    print_lines(describe_all(prepared.plan));
    print_lines(describe_hooks(hooks));
    auto changes = plan_report(call.backend, call.kind, wanted_mtu(prepared.want), read_report(call, store));
    std::erase_if(changes, [&](const NodeChange& change) {
        return change.unless_gone &&
               is_gone(*change.unless_gone, [&](const std::string& path) { return store.read(path).has_value(); });
    });
    print_lines(describe_all(changes));
}

void tell_the_store(const HotplugCall& call, unsigned mtu, const Machine& machine) {
    const auto changes = plan_report(call.backend, call.kind, mtu, read_report(call, machine.store));
    if (changes.empty())
        return;
    const Store::Changed changed = machine.store.change_below(call.backend.path, changes);
    if (!changed.directory_was_there)
        throw Error(describe(changes.back()), system_code(ENOENT), "the backend has left xenstore");
    for (const std::string& refused : changed.refused)
        machine.log.warning(subject_of(call) + ": " + refused + ", continuing");
}

/// Somebody else has changed them meanwhile, a hook perhaps. Then the port is down in the end, also one that was up
/// before the call, and that there is nothing to undo about.
void check_vlans_or_set_down(const Prepared& prepared, const Outcome& outcome, Links& links) {
    if (!prepared.want.vlans)
        return;
    try {
        check_vlans_are(*prepared.want.vlans, {prepared.now.link.index, port_name(prepared)}, links);
    } catch (const Error& error) {
        std::string said = std::string(error.what()) + "; " + undo(outcome.made, links);
        if (const auto link = links.find(prepared.now.link.index); link && link->up) {
            links.perform(SetDown{netdev_of(*link)});
            said += "; " + printable(link->name) + " is set down";
        }
        throw PlanFailed(said);
    }
}

/// A port that nobody was told of is not left in place. Gives why nobody could be told of a repair.
std::optional<std::string> tell_the_store_or_undo(const HotplugCall& call, const Prepared& prepared,
                                                  const Outcome& outcome, const Bringing& how, const Machine& machine) {
    try {
        tell_the_store(call, effective_mtu(prepared, outcome), machine);
        return std::nullopt;
    } catch (const Error& error) {
        if (how.is_repair)
            return error.what();
        throw PlanFailed(std::string(error.what()) + "; " + undo(outcome.made, machine.links));
    }
}

/// The port had VLANs before that it does not have any more.
bool leaves_vlans(const Plan& plan) {
    const auto joins = [](const Step& step) { return std::holds_alternative<Join>(step); };
    const auto leaves = [](const Step& step) { return std::holds_alternative<Leave>(step); };
    const auto changes = [](const Step& step) { return std::holds_alternative<ChangeVlans>(step); };
    return std::any_of(plan.begin(), plan.end(), leaves) ||
           (std::none_of(plan.begin(), plan.end(), joins) && std::any_of(plan.begin(), plan.end(), changes));
}

/// The NICs carry the VLANs, or the port does not get them.
void carry_vlans_or_undo(const HotplugCall& call, const Prepared& prepared, const Outcome& outcome,
                         const Machine& machine) {
    if (!prepared.asked_vlans)
        return;
    try {
        for (const std::string& complaint : carry_vlans(prepared.around.uplinks, *prepared.asked_vlans, machine))
            machine.log.warning(subject_of(call) + ": " + complaint);
    } catch (const Error& error) {
        throw PlanFailed(std::string(error.what()) + "; " + undo(outcome.made, machine.links));
    }
}

PlacedPort placed_port(const Prepared& prepared, unsigned mtu) {
    return {{prepared.now.link.index, port_name(prepared)},
            netdev_of(prepared.want.bridge),
            mtu,
            prepared.want.name,
            prepared.asked_vlans};
}

BroughtUp place_vif(const HotplugCall& call, const Machine& machine, const Bringing& how) {
    Prepared prepared = prepare(call, machine, how);
    for (const std::string& warning : prepared.request.warnings)
        machine.log.warning(subject_of(call) + ": " + warning);
    const std::vector<std::string> hooks = how.run_hooks ? find_vif_hooks() : std::vector<std::string>();
    if (call.dry_run) {
        print_plan(call, prepared, hooks, machine.store);
        return {placed_port(prepared, wanted_mtu(prepared.want)), prepared.now, {}};
    }

    record_new_name(call, prepared.now.link, prepared.plan, machine.run);
    if (prepared.asked_vlans)
        machine.run.note_vlans(call.backend.id, call.kind, {prepared.now.link.index, port_name(prepared)});
    Outcome outcome = carry_out(prepared.plan, machine.links);
    prepared.around.lock.reset();
    if (std::any_of(outcome.made.begin(), outcome.made.end(), brings_something_new))
        finish(prepared, outcome, machine.links);
    carry_vlans_or_undo(call, prepared, outcome, machine);
    for (const std::string& warning : outcome.warnings)
        machine.log.warning(subject_of(call) + ": " + warning);
    machine.log.info(subject_of(call) + ": " + summary(prepared, effective_mtu(prepared, outcome)));
    if (how.run_hooks) // else it is for whoever brings up many to say so once
        warn_of_dropped_frames(call, prepared.want.bridge, machine.log);
    run_vif_hooks(hooks, call, {port_name(prepared), prepared.want.bridge.name}, machine);
    check_vlans_or_set_down(prepared, outcome, machine.links);
    auto untold = tell_the_store_or_undo(call, prepared, outcome, how, machine);
    if (prepared.had_vlans && !prepared.asked_vlans)
        machine.run.forget_vlans(call.backend.id, call.kind);
    if (leaves_vlans(prepared.plan))
        tidy_up_vlans(machine);
    return {placed_port(prepared, mtu_to_stay(prepared, outcome)), prepared.now, std::move(outcome.made),
            std::move(untold)};
}

/// What was made for a vif that then did not come.
void tidy_up_after_failure(const HotplugCall& call, const Machine& machine) {
    try {
        tidy_up_vlans(machine);
    } catch (const Error& error) {
        machine.log.error(subject_of(call) + ": " + error.what() + ", continuing");
    }
}

} // namespace

BroughtUp bring_up(const HotplugCall& call, const Machine& machine, const Bringing& how) {
    std::optional<PortLock> lock;
    if (!call.dry_run) {
        machine.run.make();
        lock.emplace(machine.run.lock_path(call.backend.id, call.kind), how.lock);
    }
    try {
        return place_vif(call, machine, how);
    } catch (...) {
        if (!call.dry_run)
            tidy_up_after_failure(call, machine);
        throw;
    }
}

std::optional<PlacedPort> find_placed(const HotplugCall& call, const Machine& machine, const Bringing& how) {
    HotplugCall look = call;
    look.dry_run = true;
    const Prepared prepared = prepare(look, machine, how);
    const NodeReader node = reader_of(call, machine.store);
    if (!was_announced(node("hotplug-status"), node("state")) || node("hotplug-error"))
        return std::nullopt;
    if (!prepared.plan.empty() || !prepared.around.would_make.empty())
        return std::nullopt;
    if (prepared.asked_vlans && !carry(prepared.around.uplinks, *prepared.asked_vlans, machine.links))
        return std::nullopt;
    return placed_port(prepared, wanted_mtu(prepared.want));
}

} // namespace vifplug
