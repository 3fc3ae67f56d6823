// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_obstacles.hpp"

#include "app/uplink_view.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/uplink_plan.hpp"
#include "system/attachments.hpp"
#include "system/filter_bindings.hpp"
#include "system/root_path.hpp"

#include <algorithm>

namespace vifplug {

namespace {

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + printable(name);
    return text;
}

/// Whether frames of the netdev go through the NIC: it is the NIC, or sits on it.
bool leads_through(const HostLink* netdev, IfIndex nic, const HostPicture& picture) {
    constexpr int deepest = 8; // of VLANs on VLANs
    for (int depth = 0; netdev != nullptr && depth < deepest; ++depth) {
        if (netdev->link.index == nic)
            return true;
        netdev = netdev->lower ? picture.find(*netdev->lower) : nullptr;
    }
    return false;
}

/// B29: a host that cannot reach its root for a moment may never get to the end of the move.
void check_root(const Uplink& uplink, const HostPicture& picture) {
    const auto root = network_root();
    if (!root)
        return;
    if (root->servers.empty())
        throw BadInput("netdev", uplink.netdev,
                       "the root file system comes from a network (" + root->protocol +
                           "), and through which interface cannot be told");
    for (const std::string& server : root->servers) {
        const auto devices = route_devices(server);
        const bool through_it = std::any_of(devices.begin(), devices.end(), [&](IfIndex device) {
            return leads_through(picture.find(device), uplink.nic, picture);
        });
        if (through_it || devices.empty())
            throw BadInput("netdev", uplink.netdev,
                           "the root file system comes through it, from " + printable(server) + " (" + root->protocol +
                               ")");
    }
}

/// The kernel removes them with what they sit on, and they cannot be put on anything else.
std::vector<std::string> sitting_on(const HostLink& holder, const HostPicture& picture) {
    std::vector<std::string> names;
    for (const HostLink& each : picture.links)
        if (each.lower == std::optional(holder.link.index) && each.link.kind != "veth")
            names.push_back(each.link.name);
    return names;
}

} // namespace

void check_obstacles(const Uplink& uplink, const HostPicture& picture, bool ignore_firewall) {
    const HostState state = state_on(picture, {uplink.nic.number(), uplink.netdev});
    if (!state.immovable.empty())
        throw BadInput("netdev", uplink.netdev, state.immovable.front());
    constexpr unsigned least_of_ipv6 = 1280; // RFC 8200
    if (uplink.mtu && *uplink.mtu < least_of_ipv6 && !state.addresses_v6.empty())
        throw BadInput("mtu", std::to_string(*uplink.mtu),
                       "at least 1280, since " + printable(uplink.netdev) + " has IPv6 addresses");
    check_root(uplink, picture);
    if (ignore_firewall)
        return;
    if (const auto bindings = filter_bindings({uplink.nic, uplink.netdev}); !bindings.empty())
        throw BadInput(refusal_for(bindings, uplink.netdev, uplink.parked));
}

std::vector<std::string> what_stays_behind(const Uplink& uplink) {
    return attachments_of({uplink.nic, uplink.netdev});
}

void check_no_guests(const Uplink& uplink, const HostPicture& picture, HostNetwork& network, EventLog& log) {
    const UplinkNow now = view_uplink(uplink, picture, nullptr, network);
    if (now.holder && uplink.holder_is_ours())
        if (const auto names = sitting_on(*now.holder, picture); !names.empty())
            throw BadInput("netdev", uplink.netdev,
                           listed(names) + (names.size() == 1 ? " sits" : " sit") + " on " + printable(uplink.holder) +
                               ", which goes: remove " + (names.size() == 1 ? "it" : "them") + " first");
    const auto guests = guests_on(uplink, now);
    if (guests.empty())
        return;
    if (now.guests_are_apart)
        log.warning(printable(uplink.bridge) + " goes on filtering VLANs, which keeps guests on it apart");
    if (!uplink.bridge_is_ours) {
        log.warning(printable(uplink.bridge) + " stays, and so do " + listed(guests) + ", without a way out");
        return;
    }
    throw BadInput("bridge", uplink.bridge,
                   listed(guests) + (guests.size() == 1 ? " is" : " are") +
                       " still on it: shut the guest down or take it off first");
}

} // namespace vifplug
