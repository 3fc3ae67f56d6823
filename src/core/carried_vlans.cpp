// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/carried_vlans.hpp"

#include "core/error.hpp"
#include "core/record_line.hpp"

#include <algorithm>

namespace vifplug {

namespace {

template <class Wanted>
VlanList select(const VlanList& list, Wanted wanted) {
    VlanList selected;
    for (unsigned number = first_vlan; number <= last_vlan; ++number)
        if (const VlanId id(number); list.has(id) && wanted(id))
            selected.add(id, Tagging::tagged);
    return selected;
}

const PortVlans* find(const std::vector<PortVlans>& ports, IfIndex port) {
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const PortVlans& p) { return p.port == port; });
    return found == ports.end() ? nullptr : &*found;
}

bool is_there_for_guests_only(const PortVlans& port, VlanId id, const std::vector<CarriedVlans>& of_all_nics) {
    return std::any_of(of_all_nics.begin(), of_all_nics.end(),
                       [&](const CarriedVlans& nic) { return nic.nic == port.port && nic.vlans.has(id); });
}

} // namespace

VlanList not_carried(const VlanList& has, const VlanList& wanted) {
    return select(wanted, [&](VlanId id) { return !has.has(id); });
}

VlanList with_vlans(VlanList has, const VlanList& more) {
    for (const VlanRange& range : more.ranges())
        for (unsigned number = range.first.number(); number <= range.last.number(); ++number)
            has.add(VlanId(number), range.tagging);
    return has;
}

VlanList without_vlans(VlanList has, const VlanList& less) {
    for (const VlanRange& range : less.ranges())
        for (unsigned number = range.first.number(); number <= range.last.number(); ++number)
            has.remove(VlanId(number));
    return has;
}

VlanList vlans_together(const std::vector<PortVlans>& ports, IfIndex bridge, const std::vector<IfIndex>& of) {
    VlanList together;
    for (const PortVlans& port : ports)
        if (port.bridge == bridge && std::find(of.begin(), of.end(), port.port) != of.end())
            together = with_vlans(together, port.vlans);
    return together;
}

VlanList unused_on(const CarriedVlans& ours, const std::vector<CarriedVlans>& of_all_nics,
                   const std::vector<PortVlans>& ports) {
    const PortVlans* nic = find(ports, ours.nic);
    if (nic == nullptr)
        return {};
    const auto is_used = [&](VlanId id) {
        return std::any_of(ports.begin(), ports.end(), [&](const PortVlans& port) {
            return port.bridge == nic->bridge && port.port != nic->port && port.vlans.has(id) &&
                   !is_there_for_guests_only(port, id, of_all_nics);
        });
    };
    return select(ours.vlans, [&](VlanId id) {
        return nic->vlans.has(id) && nic->vlans.tagging(id) == Tagging::tagged && nic->vlans.pvid() != id &&
               !is_used(id);
    });
}

std::string format_carried(const CarriedVlans& carried, const std::string& network_namespace) {
    return format_record_line(network_namespace, carried.nic, {carried.vlans.str()});
}

std::optional<CarriedVlans> parse_carried(std::string_view text, std::string_view network_namespace) {
    const auto line = parse_record_line(text, network_namespace, 1);
    if (!line)
        return std::nullopt;
    try {
        return CarriedVlans{line->netdev, parse_vlan_terms(line->words[0], "vlans")};
    } catch (const BadInput&) {
        return std::nullopt;
    }
}

} // namespace vifplug
