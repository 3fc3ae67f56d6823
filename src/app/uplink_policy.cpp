// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_policy.hpp"

#include <algorithm>

namespace vifplug {

namespace {

const UplinkRequest* find_request(const Configuration& configuration, const std::string& netdev) {
    const auto found = std::find_if(configuration.bridges.begin(), configuration.bridges.end(),
                                    [&](const UplinkRequest& request) { return request.netdev == netdev; });
    return found == configuration.bridges.end() ? nullptr : &*found;
}

UplinkPolicy policy_of(const Link& nic, const Uplink& uplink, const Configuration& configuration) {
    const UplinkRequest* request =
        uplink.says_nothing_of_vlans() ? find_request(configuration, uplink.netdev) : nullptr;
    if (request != nullptr)
        return {nic, vlans_of(*request), request->vlan_mode, uplink.mac_is_fixed};
    return {nic, uplink.vlans, uplink.vlan_mode, uplink.mac_is_fixed};
}

} // namespace

std::vector<UplinkPolicy> uplinks_on_record(const KnownUplinks& known, Links& links) {
    std::vector<UplinkPolicy> uplinks;
    for (const UplinkRecord& record : known.records)
        if (const auto nic = links.find(record.uplink.nic); nic && nic->master)
            uplinks.push_back(policy_of(*nic, record.uplink, known.configuration));
    return uplinks;
}

std::vector<UplinkPolicy> uplinks_of(const Link& bridge, const KnownUplinks& known, Links& links) {
    std::vector<UplinkPolicy> uplinks = uplinks_on_record(known, links);
    std::erase_if(uplinks, [&](const UplinkPolicy& uplink) { return uplink.nic.master != bridge.index; });
    const auto is_known = [&](const Link& nic) {
        return std::any_of(uplinks.begin(), uplinks.end(),
                           [&](const UplinkPolicy& other) { return other.nic.index == nic.index; });
    };
    for (const UplinkRequest& request : known.configuration.bridges) // a bridge that somebody else made
        if (const auto nic = request.netdev ? links.find(*request.netdev) : std::nullopt;
            nic && nic->master == bridge.index && !is_known(*nic))
            uplinks.push_back({*nic, vlans_of(request), request.vlan_mode, false});
    return uplinks;
}

} // namespace vifplug
