// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_vlans.hpp"

#include "app/port_snapshot.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cerrno>

namespace vifplug {

namespace {

constexpr const char* key = "vlan";

bool names_a_link(const std::optional<IfName>& name, const VlanRecords& records, Links& links) {
    return name && links.find(name->str()) && !was_made_for_a_vlan(name->str(), records);
}

} // namespace

bool was_made_for_a_vlan(const std::string& name, const VlanRecords& records) {
    const auto bridges = records.bridges();
    return std::any_of(bridges.begin(), bridges.end(), [&](const VlanBridge& each) { return each.bridge == name; });
}

VifPlace find_place(const VifRequest& request, const VlanRecords& records, Links& links) {
    if (!request.bridge_and_vlans || names_a_link(request.bridge, records, links))
        return {find_bridge(request.bridge, links), request.vlans};
    const BridgeAndVlans& both = *request.bridge_and_vlans;
    if (request.vlans && *request.vlans != both.vlans)
        throw BadInput(key, request.vlans->str(), "behind the bridge's name there are others, " + both.vlans.str());
    return {find_bridge(both.bridge, links), both.vlans};
}

void check_bridge_filters(const VifPlace& place) {
    if (!place.vlans)
        return;
    const std::string bridge = printable(place.bridge.name);
    if (!place.bridge.vlan_settings)
        throw BadInput(key, place.vlans->str(),
                       "the bridges of this kernel cannot filter VLANs, and " + bridge +
                           " would let all of them through");
    if (!place.bridge.vlan_settings->filters)
        throw BadInput(key, place.vlans->str(),
                       "bridge " + bridge +
                           " does not filter VLANs and would let all of them through; \"ip link set dev " + bridge +
                           " type bridge vlan_filtering 1\" turns that on");
}

void check_vlans_arrive(const VifPlace& place, Links& links) {
    if (!place.vlans)
        return;
    for (const VlanDevice& device : links.vlan_devices()) {
        if (!place.vlans->has(device.id))
            continue;
        const auto lower = links.find(device.lower);
        if (lower && lower->master == place.bridge.index)
            throw BadInput(key, place.vlans->str(),
                           printable(device.name) + " takes the frames of VLAN " + std::to_string(device.id.number()) +
                               " from " + printable(lower->name) + " before they come to bridge " +
                               printable(place.bridge.name));
    }
}

void check_vlans_are(const VlanList& wanted, const Netdev& port, Links& links) {
    if (const VlanList now = links.vlans(port.index); now != wanted)
        throw Error("give " + printable(port.name) + " the VLANs " + wanted.str(), system_code(EIO),
                    "it has " + now.str() + " in the end");
}

std::string in_words(const VlanList& vlans) {
    if (vlans.size() == 1)
        return "VLAN " + std::to_string(vlans.ranges().front().first.number());
    return "VLANs " + vlans.str();
}

} // namespace vifplug
