// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"
#include "core/host_state.hpp"
#include "system/host_messages.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// Everything the kernel said about links, addresses, routes and their like, at one moment.
struct HostPicture {
    std::vector<HostLink> links;
    std::vector<Bytes> addresses; ///< all of these: messages as they came
    std::vector<Bytes> routes;
    std::vector<Bytes> neighbours;
    std::vector<Bytes> rules;
    std::vector<Nexthop> nexthops;
    std::map<int, std::vector<Mac>> multicast;                      ///< that an admin set, by netdev
    std::map<std::string, std::vector<AdvertisedRoute>> advertised; ///< which of the routes are routers', by netdev
    std::uint64_t taken_at = 0;

    const HostLink* find(const std::string& name) const; ///< by name or altname; null when there is none
    const HostLink* find(IfIndex index) const;
};

Place place_of(const HostLink& link);

/// The state of the host on a netdev.
HostState state_on(const HostPicture& picture, const Place& here);

/// Adds what the VLAN devices on the netdev lose while it is down; state_on() has done so for its own.
void note_children(HostState& state, const HostPicture& picture, IfIndex netdev);

/// Whether the kernel may have made the route with an address of `have` that is none of `moving`, as a bridge has that
/// is not ours.
bool is_made_with_another(const Entry& route, const HostState& have, const HostState& moving);

/// The state with what has come to the same netdev since: it is listed now and was not then.
HostState caught_up(HostState state, const HostPicture& picture);

/// How much of a state is on a netdev.
struct Held {
    bool some = false;
    std::vector<Entry> lacking;
    bool lacks = false; ///< also when only the order of addresses differs
};
Held held_on(const HostPicture& picture, const HostState& state, const Place& here);

/// The netdev of the default route with the lowest metric, IPv4's first. Nothing without a default route.
std::optional<IfIndex> default_route_netdev(const HostPicture& picture);

/// The lowest VLAN devices and all on them, that sit on the netdev.
std::vector<HostLink> vlans_on(const HostPicture& picture, IfIndex netdev);

} // namespace vifplug
