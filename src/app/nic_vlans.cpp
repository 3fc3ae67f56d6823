// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/nic_vlans.hpp"

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

void add_to(const UplinkPolicy& uplink, const VlanList& has, const VlanList& missing, const VlanDesk& desk) {
    desk.vlan_records.write({uplink.nic.index, with_vlans(recorded(desk.vlan_records, uplink.nic.index), missing)});
    const Netdev nic = netdev_of(uplink.nic);
    desk.links.perform(ChangeVlans{nic, has, with_vlans(has, missing)});
    if (uplink.mac_is_fixed && uplink.nic.mac)
        desk.links.forget_mac(nic, *uplink.nic.mac, missing);
    desk.log.info(printable(nic.name) + ": carries " + in_words(missing) + " from now on");
}

std::string complaint(const UplinkPolicy& uplink, const VlanList& missing) {
    const std::string why = uplink.vlans.kind == UplinkVlans::Kind::fixed
                                ? "vlans=" + in_quotes(uplink.vlans.list.str()) + " says what it carries"
                                : "vlans=\"auto\" for its bridge would add what guests need";
    return printable(uplink.nic.name) + " does not carry " + in_words(missing) + ": " + why;
}

} // namespace

std::vector<std::string> carry_vlans(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans,
                                     const VlanDesk& desk) {
    std::vector<std::string> complaints;
    if (uplinks.empty())
        return complaints;
    desk.vlan_records.make_directory();
    const PortLock lock(desk.vlan_records.lock_path());
    for (const UplinkPolicy& uplink : uplinks) {
        const VlanList has = desk.links.vlans(uplink.nic.index);
        const VlanList missing = not_carried(has, vlans);
        if (missing.empty())
            continue;
        if (uplink.vlans.kind == UplinkVlans::Kind::automatic)
            add_to(uplink, has, missing, desk);
        else
            complaints.push_back(complaint(uplink, missing));
    }
    return complaints;
}

bool carry(const std::vector<UplinkPolicy>& uplinks, const VlanList& vlans, Links& links) {
    return std::all_of(uplinks.begin(), uplinks.end(), [&](const UplinkPolicy& uplink) {
        return uplink.vlans.kind != UplinkVlans::Kind::automatic ||
               not_carried(links.vlans(uplink.nic.index), vlans).empty();
    });
}

void drop_unused_vlans(const VlanDesk& desk) {
    const std::vector<CarriedVlans> all = desk.vlan_records.carried();
    if (all.empty())
        return;
    const std::vector<PortVlans> ports = desk.links.all_port_vlans();
    for (const CarriedVlans& carried : all) {
        const auto nic = desk.links.find(carried.nic);
        if (!nic) {
            desk.vlan_records.remove_nic(carried.nic);
            continue;
        }
        const VlanList unused = unused_on(carried, all, ports);
        if (unused.empty())
            continue;
        const VlanList has = desk.links.vlans(carried.nic);
        desk.links.perform(ChangeVlans{netdev_of(*nic), has, without_vlans(has, unused)});
        desk.vlan_records.write({carried.nic, without_vlans(carried.vlans, unused)});
        desk.log.info(printable(nic->name) + ": carries " + in_words(unused) + " no longer");
    }
}

} // namespace vifplug
