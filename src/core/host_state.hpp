// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

using Bytes = std::vector<std::uint8_t>;

/// Something the kernel keeps for the host on a netdev: an address, a route, a neighbour. Kept as the kernel's own
/// message, so that making it anew on another netdev loses nothing of it.
struct Entry {
    std::string text; ///< for people: "192.0.2.1/24", "default via 192.0.2.254"
    Bytes message;    ///< as the kernel wrote it
    Bytes identity;   ///< the same without what changes by itself or says which netdev it is on
    /// A route the kernel learned from a router (RFC 4861): it refreshes only those that it knows as such.
    bool advertised = false;

    friend bool operator==(const Entry& a, const Entry& b) { return a.identity == b.identity; }
};

/// An entry of another netdev that does not survive the move all the same: a route with one of the addresses as its
/// source, or what a VLAN device loses while the NIC below it is down.
struct Bystander {
    enum class Sort : std::uint8_t { address, route, nexthop, neighbour };
    Sort sort;
    Entry entry;

    friend bool operator==(const Bystander&, const Bystander&) = default;
};

/// Somebody who has to answer before and after: the gateway of a route.
struct Gateway {
    bool ipv6;
    Bytes address; ///< in network byte order
    std::string text;

    friend bool operator==(const Gateway&, const Gateway&) = default;
};

/// All that makes a netdev the host's way to the network, in the order it has to be made in.
struct HostState {
    std::string netdev; ///< the name it had then; the kernel writes it into labels and rules
    int index = 0;      ///< its number, which is in all the messages
    std::vector<Entry> addresses_v4;
    std::vector<Entry> addresses_v6; ///< oldest first; the kernel lists them the other way round
    std::vector<Entry> nexthops;     ///< nexthop objects, and after them the groups that contain one
    std::vector<Entry> routes;       ///< those without a gateway first: the others are reached through them
    std::vector<Entry> neighbours;
    std::vector<Entry> rules; ///< that name the netdev
    std::vector<Mac> multicast;
    std::vector<Gateway> gateways;
    std::vector<Bystander> bystanders;
    std::vector<std::string> immovable; ///< what cannot be made anew elsewhere, a sentence each
    std::uint64_t taken_at = 0;         ///< seconds of CLOCK_BOOTTIME: remaining lifetimes count from here

    bool empty() const {
        return addresses_v4.empty() && addresses_v6.empty() && nexthops.empty() && routes.empty() &&
               neighbours.empty() && rules.empty() && multicast.empty();
    }

    friend bool operator==(const HostState&, const HostState&) = default;
};

/// What has to be done to a list that is kept in the order of making: `remove` first, then `add`.
struct ListChange {
    std::vector<Entry> remove;
    std::vector<Entry> add;
};

/// Brings `have` to `want`. The order counts (the first IPv4 address of a network is the primary, the last IPv6 one is
/// preferred), so what follows the first difference is made anew. Entries that nobody wants stay where they are.
ListChange plan_ordered(const std::vector<Entry>& have, const std::vector<Entry>& want);

/// The entries of `want` that are not in `have`.
std::vector<Entry> missing_from(const std::vector<Entry>& have, const std::vector<Entry>& want);

/// "192.0.2.1/24, 192.0.2.2/24 and 3 more".
std::string name_some(const std::vector<Entry>& entries);

} // namespace vifplug
