// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_vlans.hpp"

#include "app/vif_vlans.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace vifplug {

namespace {

VlanList recorded(const VlanRecords& records, IfIndex nic) {
    for (const CarriedVlans& carried : records.carried())
        if (carried.nic == nic)
            return carried.vlans;
    return {};
}

void add_to(const UplinkPolicy& uplink, const VlanList& has, const VlanList& missing, const Machine& machine) {
    machine.vlan_records.write(
        {uplink.nic.index, with_vlans(recorded(machine.vlan_records, uplink.nic.index), missing)});
    const Netdev nic = netdev_of(uplink.nic);
    machine.links.perform(ChangeVlans{nic, has, with_vlans(has, missing)});
    if (uplink.mac_is_fixed && uplink.nic.mac)
        machine.links.forget_mac(nic, *uplink.nic.mac, missing);
    machine.log.info(printable(nic.name) + ": carries " + in_words(missing) + " from now on");
}

std::string complaint(const UplinkPolicy& uplink, const VlanList& missing) {
    const std::string why = uplink.vlans.kind == UplinkVlans::Kind::fixed
                                ? "vlans=" + in_quotes(uplink.vlans.list.str()) + " says what it carries"
                                : "vlans=\"auto\" for its bridge would add what guests need";
    return printable(uplink.nic.name) + " does not carry " + in_words(missing) + ": " + why;
}

} // namespace

std::vector<std::string> carry_vlans(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans,
                                     const Machine& machine) {
    std::vector<std::string> complaints;
    if (uplinks.empty())
        return complaints;
    machine.vlan_records.make_directory();
    const PortLock lock(machine.vlan_records.lock_path());
    for (const UplinkPolicy& uplink : uplinks) {
        const VlanList has = machine.links.vlans(uplink.nic.index);
        const VlanList missing = not_carried(has, vlans);
        if (missing.empty())
            continue;
        if (uplink.vlans.kind == UplinkVlans::Kind::automatic)
            add_to(uplink, has, missing, machine);
        else
            complaints.push_back(complaint(uplink, missing));
    }
    return complaints;
}

void drop_unused_vlans(const Machine& machine) {
    const std::vector<CarriedVlans> all = machine.vlan_records.carried();
    if (all.empty())
        return;
    const std::vector<PortVlans> ports = machine.links.all_port_vlans();
    for (const CarriedVlans& carried : all) {
        const auto nic = machine.links.find(carried.nic);
        if (!nic) {
            machine.vlan_records.remove_nic(carried.nic);
            continue;
        }
        const VlanList unused = unused_on(carried, all, ports);
        if (unused.empty())
            continue;
        const VlanList has = machine.links.vlans(carried.nic);
        machine.links.perform(ChangeVlans{netdev_of(*nic), has, without_vlans(has, unused)});
        machine.vlan_records.write({carried.nic, without_vlans(carried.vlans, unused)});
        machine.log.info(printable(nic->name) + ": carries " + in_words(unused) + " no longer");
    }
}

} // namespace vifplug
