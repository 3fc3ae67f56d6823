// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vlan_bridges.hpp"

#include "core/bridge_choice.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace vifplug {

namespace {

std::optional<VlanBridge> recorded(const VlanRecords& records, IfIndex nic, VlanId id) {
    for (const VlanBridge& bridge : records.bridges())
        if (bridge.nic == nic && bridge.id == id)
            return bridge;
    return std::nullopt;
}

std::string free_name(const std::vector<std::string>& names, Links& links) {
    for (const std::string& name : names)
        if (!links.find(name))
            return name;
    throw BadInput("vlan-mode", "device", "each of the names " + names.front() + " and " + names.back() + " is taken");
}

/// The device of somebody else that takes the VLAN already.
void refuse_foreign_device(const VlanList& vlans, const UplinkPolicy& uplink, const std::optional<VlanBridge>& ours,
                           Links& links) {
    for (const VlanDevice& device : links.vlan_devices())
        if (device.lower == uplink.nic.index && vlans.has(device.id) && !(ours && ours->device == device.name))
            throw BadInput("vlan", vlans.str(),
                           printable(device.name) + " has that VLAN of " + printable(uplink.nic.name) +
                               ", and nobody else can");
}

/// What there is of it is what we made; somebody may have removed the rest, or given its name to something else.
bool can_be_completed(const VlanBridge& ours, Links& links) {
    const auto devices = links.vlan_devices();
    const bool device_is_ours = std::any_of(devices.begin(), devices.end(), [&](const VlanDevice& device) {
        return device.name == ours.device && device.lower == ours.nic && device.id == ours.id;
    });
    const auto bridge = links.find(ours.bridge);
    return (device_is_ours || !links.find(ours.device)) && (!bridge || is_bridge(*bridge));
}

} // namespace

const UplinkPolicy* in_device_mode(const std::vector<UplinkPolicy>& uplinks) {
    const auto found = std::find_if(uplinks.begin(), uplinks.end(),
                                    [](const UplinkPolicy& uplink) { return uplink.mode == VlanMode::device; });
    return found == uplinks.end() ? nullptr : &*found;
}

VlanBridgePlan find_vlan_bridge(const VifPlace& place, const UplinkPolicy& uplink, const Machine& machine) {
    const VlanList& vlans = place.vlans.value();
    if (vlans.size() != 1 || !vlans.pvid())
        throw BadInput("vlan", vlans.str(),
                       "one VLAN, without a tag, is what a vif can have where vlan-mode is device, as for bridge " +
                           printable(place.bridge.name));
    const VlanId id = *vlans.pvid();
    const auto ours = recorded(machine.vlan_records, uplink.nic.index, id);
    refuse_foreign_device(vlans, uplink, ours, machine.links);
    if (ours && can_be_completed(*ours, machine.links)) {
        const auto bridge = machine.links.find(ours->bridge);
        const auto device = machine.links.find(ours->device);
        const bool is_complete = bridge && device && device->master == bridge->index;
        return {*ours, is_complete ? bridge : std::nullopt};
    }
    const auto names = [&](const std::string& base, char letter) {
        return names_for_vlan(base, id, uplink.nic.index, letter);
    };
    return {{uplink.nic.index, id, free_name(names(uplink.nic.name, 'd'), machine.links),
             free_name(names(place.bridge.name, 'b'), machine.links)},
            std::nullopt};
}

Link make_vlan_bridge(const VlanBridgePlan& plan, const Machine& machine) {
    if (plan.bridge)
        return *plan.bridge;
    machine.vlan_records.write(plan.names);
    machine.links.make(plan.names);
    machine.log.info(printable(plan.names.bridge) + ": made for VLAN " + std::to_string(plan.names.id.number()) +
                     ", on " + printable(plan.names.device));
    const auto bridge = machine.links.find(plan.names.bridge);
    if (!bridge)
        throw Error("look up " + printable(plan.names.bridge), system_code(ENODEV));
    return *bridge;
}

Link as_if_made(const VlanBridgePlan& plan, const UplinkPolicy& uplink) {
    if (plan.bridge)
        return *plan.bridge;
    Link link = uplink.nic; // as large as the NIC's frames
    link.index = IfIndex(std::numeric_limits<int>::max());
    link.name = plan.names.bridge;
    link.kind = "bridge";
    return link;
}

void remove_unused_vlan_bridges(const Machine& machine) {
    for (const VlanBridge& each : machine.vlan_records.bridges()) {
        const auto bridge = machine.links.find(each.bridge);
        const auto ports = bridge ? machine.links.ports_of(bridge->index) : std::vector<Link>();
        const bool has_guests =
            std::any_of(ports.begin(), ports.end(), [&](const Link& port) { return port.name != each.device; });
        if (has_guests)
            continue;
        machine.links.remove(each);
        machine.vlan_records.remove(each);
        machine.log.info(printable(each.bridge) + ": removed, since no guest is on VLAN " +
                         std::to_string(each.id.number()) + " any more");
    }
}

} // namespace vifplug
