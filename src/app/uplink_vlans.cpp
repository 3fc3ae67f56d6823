// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_vlans.hpp"

#include "core/placement_bridge.hpp"

#include <algorithm>

namespace vifplug {

namespace {

bool is_fixed(const Uplink& uplink) {
    return uplink.vlans.kind == UplinkVlans::Kind::fixed;
}

/// Whether we have turned filtering on, on a bridge of somebody else's, and would turn it off again.
bool filters_for_us(const Uplink& uplink, const Link& bridge) {
    return uplink.vlan_filtering && !uplink.bridge_is_ours && !uplink.bridge_filtered && bridge.vlan_settings &&
           bridge.vlan_settings->filters;
}

bool has_vlans_of_its_own(const Link& port, const Link& bridge, HostNetwork& network) {
    return network.vlans(port.index) != vlans_of_a_new_port(bridge);
}

} // namespace

void note_own_vlans(Uplink& uplink, const HostPicture& picture, HostNetwork& network) {
    if (!is_fixed(uplink) || uplink.holder_is_ours())
        return;
    if (const HostLink* bridge = picture.find(uplink.bridge))
        uplink.bridge_vlans = network.vlans(bridge->link.index);
}

bool goes_on_filtering(const Uplink& uplink, HostNetwork& network) {
    if (!uplink.vlan_filtering || uplink.bridge_is_ours || uplink.bridge_filtered)
        return false;
    const HostPicture picture = network.look();
    const HostLink* bridge = picture.find(uplink.bridge);
    return bridge != nullptr && filters_for_us(uplink, bridge->link);
}

void view_vlans(const Uplink& uplink, UplinkNow& now, HostNetwork& network) {
    if (!now.bridge)
        return;
    const Link& bridge = now.bridge->link;
    const auto is_on_it = [&](const std::optional<HostLink>& port) {
        return port && port->link.master == std::optional(bridge.index);
    };
    if (is_fixed(uplink) && is_on_it(now.nic))
        now.nic_vlans = network.vlans(now.nic->link.index);
    if (is_fixed(uplink) && uplink.holder_is_bridge())
        now.own_vlans = network.vlans(bridge.index);
    else if (is_fixed(uplink) && is_on_it(now.port))
        now.own_vlans = network.vlans(now.port->link.index);
    if (filters_for_us(uplink, bridge))
        now.guests_are_apart = std::any_of(now.bridge_ports.begin(), now.bridge_ports.end(), [&](const HostLink& port) {
            return port.link.index != uplink.nic && port.link.name != uplink.port &&
                   has_vlans_of_its_own(port.link, bridge, network);
        });
}

} // namespace vifplug
