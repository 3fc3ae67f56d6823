// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"

#include <linux/netlink.h>
#include <optional>
#include <string>

namespace vifplug {

// What the kernel writes about addresses, routes and their like, and how to write it back for another netdev. All of
// it works on copies of messages and touches nothing.

/// The part of a netlink message after its header.
Bytes payload_of(const nlmsghdr& message);

/// Whose a message is: a netdev as its messages call it.
struct Place {
    int index;
    std::string name;
};

/// An address of `here`, as an Entry. Nothing for what the kernel makes and removes itself.
std::optional<Entry> read_host_address(const Bytes& address, const Place& here);

/// The address as a request for `to`. Remaining lifetimes are shortened by `elapsed` seconds. `nodad`: an IPv6 address
/// that is known to be ours alone, since it was so a moment ago.
Bytes address_for(const Bytes& address, const Place& from, const Place& to, std::uint64_t elapsed, bool nodad);

/// The address as a request to remove it from `here`. Without its label, which the kernel would insist on and changes
/// when a netdev is renamed.
Bytes address_off(const Bytes& address, const Place& here);

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

/// True for a route that may be one the kernel learned from a router: IPv6, through a gateway, for a time.
bool may_be_advertised(const Bytes& route);

/// A route as /proc/net/ipv6_route tells of it, and what netlink does not say: that a router advertised it.
struct AdvertisedRoute {
    Bytes destination; ///< 16 bytes
    unsigned prefix_length = 0;
    Bytes gateway;
    std::uint32_t metric = 0;

    friend bool operator==(const AdvertisedRoute&, const AdvertisedRoute&) = default;
};
AdvertisedRoute as_advertised(const Bytes& route);

/// The route as an Entry that is advertised: whatever made it anew, its protocol is that of advertisements.
Entry read_advertised_route(const Bytes& route, int index);

/// The route as a request to remove it, whatever its protocol is.
Bytes route_off(const Bytes& route, int from, int to);

/// How long the route will be there, in seconds, and how it is preferred (RFC 4191), for making it anew.
struct AdvertisedLife {
    std::uint32_t seconds = 0;
    std::uint8_t preference = 0;
};
AdvertisedLife advertised_life(const Bytes& route, std::uint64_t elapsed);

/// True when DAD has found the IPv6 address to be nobody else's.
bool is_known_to_be_ours(const Bytes& address);

/// The address as if it had been read from `to`.
Bytes address_as_of(const Bytes& address, const Place& from, const Place& to);

/// The gateways the route has on the netdev.
std::vector<Gateway> gateways_of(const Bytes& route, int index);

/// A route to one gateway, on the link of `netdev`: what a route through it needs for being made, and not afterwards.
Bytes route_to_gateway(const Gateway& gateway, int netdev);

/// The source address the route prefers, empty when it has none.
Bytes preferred_source_of(const Bytes& route);

/// The host's own address, in network byte order.
Bytes own_address_of(const Bytes& address);

/// A neighbour somebody made: permanent, or a proxy. Nothing for one the kernel found.
std::optional<Entry> read_host_neighbour(const Bytes& neighbour, const Place& here);
Bytes neighbour_for(const Bytes& neighbour, const Place& to);

/// The VLAN of a bridge's forwarding entry.
std::optional<std::uint16_t> vlan_of_neighbour(const Bytes& neighbour);

/// The address as a request for the netdev it was on.
Bytes again_without_dad(const Bytes& address);

/// The neighbour as a request for the netdev it was on.
Bytes neighbour_again(const Bytes& neighbour);

/// Whether it is one address of one netdev, whatever else is said of it.
bool is_same_address(const Bytes& a, const Bytes& b);

/// A rule that names the netdev. Nothing for any other.
std::optional<Entry> read_host_rule(const Bytes& rule, const Place& here);
Bytes rule_for(const Bytes& rule, const Place& from, const Place& to);

/// A nexthop object as the kernel has it.
struct Nexthop {
    std::uint32_t id = 0;
    std::optional<int> netdev;          ///< absent for a group or a blackhole
    std::vector<std::uint32_t> members; ///< of a group
    bool can_be_made_anew = true;       ///< false for resilient groups and for those of an FDB
    Bytes message;
};
Nexthop read_nexthop(const Bytes& nexthop);
Bytes nexthop_for(const Bytes& nexthop, int from, int to);

/// The id of the nexthop object that a route uses.
std::optional<std::uint32_t> nexthop_id_of(const Bytes& route);

/// A nexthop object as an Entry, told from others whichever netdev it leads through.
Entry nexthop_entry(const Nexthop& nexthop, int index);

/// Where a default route of the main table leads, and how much it is preferred.
struct DefaultRoute {
    int netdev;
    bool ipv6;
    std::uint32_t metric;
};
/// Nothing for any other route.
std::optional<DefaultRoute> read_default_route(const Bytes& route);

} // namespace vifplug
