// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"

#include <optional>

namespace vifplug {

// What the kernel writes about routes, and how to write it back for another netdev. All of it works
// on copies of messages and touches nothing.

/// True when a route leads through the netdev, be it by one of several legs.
bool leads_through(const Bytes& route, int index);

/// True when the route is one of the kernel's own: local, broadcast, multicast and anycast entries in the table local.
bool is_kernels_own(const Bytes& route);

/// True for a route that the kernel makes with an address, and in a table people see.
bool is_made_with_an_address(const Bytes& route);

/// True when that may be this address: it is in the route's network.
bool is_made_with(const Bytes& route, const Bytes& address);

/// True when nothing else is needed to reach the route's next hop.
bool is_on_link(const Bytes& route);

/// True for the kernel's own route that makes it take frames to this address for its own.
bool is_local_route_to(const Bytes& route, const Bytes& address, int index);

/// The route as an Entry, with legs through `index` told from all others.
Entry read_host_route(const Bytes& route, int index);

/// The route as a request: legs through `from` lead through `to`. IPv6 expiry is shortened by `elapsed` seconds.
Bytes route_for(const Bytes& route, int from, int to, std::uint64_t elapsed);

/// The route as a request to remove it, whatever its protocol is.
Bytes route_off(const Bytes& route, int from, int to);

/// The gateways the route has on the netdev.
std::vector<Gateway> gateways_of(const Bytes& route, int index);

/// A route to one gateway, on the link of `netdev`: what a route through it needs for being made, and not afterwards.
Bytes route_to_gateway(const Gateway& gateway, int netdev);

/// The source address the route prefers, empty when it has none.
Bytes preferred_source_of(const Bytes& route);

/// The id of the nexthop object that a route uses.
std::optional<std::uint32_t> nexthop_id_of(const Bytes& route);

/// Where a default route of the main table leads, and how much it is preferred.
struct DefaultRoute {
    int netdev;
    bool ipv6;
    std::uint32_t metric;
};
/// Nothing for any other route.
std::optional<DefaultRoute> read_default_route(const Bytes& route);

} // namespace vifplug
