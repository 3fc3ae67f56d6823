// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/take_down.hpp"

#include "app/carry_out.hpp"
#include "app/dry_run.hpp"
#include "app/port_snapshot.hpp"
#include "app/vif_hooks.hpp"
#include "app/vlan_tidying.hpp"
#include "core/error.hpp"
#include "core/placement_bridge.hpp"
#include "core/text.hpp"
#include "core/vif_request.hpp"

namespace vifplug {

namespace {

/// What hooks get to clean up in when something else took all the time there was.
constexpr std::chrono::seconds time_for_hooks{3};

/// Does `work`; its failure is logged and no more.
template <class Work>
void attempt(const HotplugCall& call, const Machine& machine, Work work) {
    try {
        work();
    } catch (const std::exception& failure) {
        machine.log.error(subject_of(call) + ": " + failure.what() + ", continuing");
    }
}

std::optional<IfName> configured_name(const HotplugCall& call, const Machine& machine) {
    std::optional<IfName> name;
    attempt(call, machine, [&] {
        name = read_port_name(call.backend.id, call.kind,
                              [&](std::string_view key) { return machine.store.read(call.backend.node(key)); });
    });
    return name;
}

void detach(const HotplugCall& call, const Link& port, const std::optional<Netdev>& master, const Machine& machine) {
    const Plan plan = plan_detach(port, master);
    if (call.dry_run) {
        print_lines(describe_all(plan));
        return;
    }
    const auto failures = carry_out_regardless(plan, machine.links);
    for (const std::string& failure : failures)
        machine.log.error(subject_of(call) + ": " + failure + ", continuing");
    if (!failures.empty())
        return;
    machine.run.forget_vlans(call.backend.id, call.kind);
    const std::string from = master ? "removed from " + printable(master->name) : "on no bridge";
    machine.log.info(subject_of(call) + ": " + from);
}

} // namespace

void take_down(const HotplugCall& call, const Machine& machine, const TakingDown& how) {
    std::optional<PortLock> lock;
    if (how.lock == PortLock::Patience::none) {
        machine.run.make();
        lock.emplace(machine.run.lock_path(call.backend.id, call.kind), how.lock);
    } else if (!call.dry_run)
        attempt(call, machine, [&] {
            machine.run.make();
            lock.emplace(machine.run.lock_path(call.backend.id, call.kind));
        });
    const auto name = configured_name(call, machine);
    std::string netdev = name ? name->str() : subject_of(call);
    std::string bridge;
    attempt(call, machine, [&] {
        const auto record = machine.run.record(call.backend.id, call.kind);
        const auto link = find_port(call, name, record, machine.links);
        if (link) {
            const auto master = find_master(*link, machine.links);
            netdev = link->name;
            bridge = master ? master->name : "";
            detach(call, *link, master, machine);
        } else if (!call.dry_run) {
            machine.run.remove_record(call.backend.id, call.kind);
            machine.run.forget_vlans(call.backend.id, call.kind);
            machine.log.info(subject_of(call) + ": gone already");
        }
    });
    if (!call.dry_run)
        attempt(call, machine, [&] { tidy_up_vlans(machine); });
    if (!how.run_hooks)
        return;
    attempt(call, machine, [&] {
        const auto hooks = find_vif_hooks();
        if (call.dry_run) {
            print_lines(describe_hooks(hooks));
            return;
        }
        if (Deadline::has_passed())
            machine.deadline.restart(time_for_hooks);
        run_vif_hooks(hooks, call, {netdev, bridge}, machine);
    });
}

} // namespace vifplug
