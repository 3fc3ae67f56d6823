// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_picture.hpp"

#include <algorithm>
#include <set>
#include <sys/socket.h>
#include <tuple>
#include <unordered_set>

namespace vifplug {

namespace {

bool is_ipv6(const Bytes& message) {
    return !message.empty() && message.front() == AF_INET6; // every header begins with the family
}

void read_addresses(HostState& state, const HostPicture& picture, const Place& here) {
    for (const Bytes& message : picture.addresses)
        if (auto address = read_host_address(message, here))
            (is_ipv6(message) ? state.addresses_v6 : state.addresses_v4).push_back(std::move(*address));
    // ipv6_link_dev_addr() puts a new address before those of its scope.
    std::reverse(state.addresses_v6.begin(), state.addresses_v6.end());
}

std::set<std::uint32_t> nexthops_on(const HostPicture& picture, int index) {
    std::set<std::uint32_t> ids;
    for (const Nexthop& nexthop : picture.nexthops)
        if (nexthop.netdev == index)
            ids.insert(nexthop.id);
    return ids;
}

void read_nexthops(HostState& state, const HostPicture& picture, const Place& here) {
    const auto ids = nexthops_on(picture, here.index);
    for (const Nexthop& nexthop : picture.nexthops)
        if (ids.contains(nexthop.id))
            state.nexthops.push_back(nexthop_entry(nexthop, here.index));
    for (const Nexthop& group : picture.nexthops) {
        const bool concerned = std::any_of(group.members.begin(), group.members.end(),
                                           [&](std::uint32_t member) { return ids.contains(member); });
        if (!concerned && !(ids.contains(group.id) && !group.can_be_made_anew))
            continue;
        if (group.can_be_made_anew)
            state.nexthops.push_back(nexthop_entry(group, here.index));
        else
            state.immovable.push_back("nexthop object " + std::to_string(group.id) +
                                      " is of a kind that cannot be made anew on another interface");
    }
}

bool uses_one_of(const Bytes& route, const std::set<std::uint32_t>& nexthops) {
    const auto id = nexthop_id_of(route);
    return id && nexthops.contains(*id);
}

/// Routes through groups of nexthop objects do not name the netdev.
std::set<std::uint32_t> with_groups(const HostPicture& picture, std::set<std::uint32_t> ids) {
    for (const Nexthop& group : picture.nexthops)
        for (const std::uint32_t member : group.members)
            if (ids.contains(member))
                ids.insert(group.id);
    return ids;
}

bool is_advertised(const HostPicture& picture, const Bytes& route, const Place& here) {
    const auto found = picture.advertised.find(here.name);
    return found != picture.advertised.end() && may_be_advertised(route) &&
           std::find(found->second.begin(), found->second.end(), as_advertised(route)) != found->second.end();
}

void read_routes(HostState& state, const HostPicture& picture, const Place& here) {
    const auto nexthops = with_groups(picture, nexthops_on(picture, here.index));
    for (const Bytes& route : picture.routes) {
        if (is_kernels_own(route) || (!leads_through(route, here.index) && !uses_one_of(route, nexthops)))
            continue;
        state.routes.push_back(is_advertised(picture, route, here) ? read_advertised_route(route, here.index)
                                                                   : read_host_route(route, here.index));
        for (Gateway& gateway : gateways_of(route, here.index))
            if (std::find(state.gateways.begin(), state.gateways.end(), gateway) == state.gateways.end())
                state.gateways.push_back(std::move(gateway));
    }
    std::stable_partition(state.routes.begin(), state.routes.end(),
                          [](const Entry& route) { return is_on_link(route.message); });
}

/// Routes of other netdevs that the kernel removes with an address of this one (fib_sync_down_addr()).
void read_bystanders(HostState& state, const HostPicture& picture, const Place& here) {
    std::vector<Bytes> own;
    for (const Entry& address : state.addresses_v4)
        own.push_back(own_address_of(address.message));
    const auto nexthops = with_groups(picture, nexthops_on(picture, here.index));
    for (const Bytes& route : picture.routes) {
        const bool ours = leads_through(route, here.index) || uses_one_of(route, nexthops);
        if (ours || is_kernels_own(route) || std::find(own.begin(), own.end(), preferred_source_of(route)) == own.end())
            continue;
        state.bystanders.push_back({Bystander::Sort::route, read_host_route(route, here.index)});
    }
}

std::string as_text(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

bool holds(const HostPicture& picture, const std::unordered_set<std::string>& routes, const Bystander& bystander) {
    switch (bystander.sort) {
    case Bystander::Sort::address:
        return std::any_of(picture.addresses.begin(), picture.addresses.end(),
                           [&](const Bytes& address) { return is_same_address(address, bystander.entry.message); });
    case Bystander::Sort::neighbour:
        return std::any_of(picture.neighbours.begin(), picture.neighbours.end(), [&](const Bytes& neighbour) {
            return neighbour_again(neighbour) == neighbour_again(bystander.entry.message);
        });
    case Bystander::Sort::route:
        return routes.contains(as_text(read_host_route(bystander.entry.message, 0).identity));
    case Bystander::Sort::nexthop:
        return std::any_of(picture.nexthops.begin(), picture.nexthops.end(), [&](const Nexthop& nexthop) {
            return nexthop_entry(nexthop, 0) == nexthop_entry(read_nexthop(bystander.entry.message), 0);
        });
    }
    return true;
}

bool any_of_these_in(const std::vector<Entry>& have, const std::vector<Entry>& want) {
    return missing_from(have, want).size() < want.size();
}

bool any_route_of(const HostState& have, const HostState& want) {
    const auto others = missing_from(want.routes, have.routes);
    std::vector<Entry> ours = missing_from(others, have.routes);
    std::erase_if(ours, [&](const Entry& route) { return is_made_with_another(route, have, want); });
    return !ours.empty();
}

/// Whatever their labels, which the kernel changes when a netdev is renamed.
bool any_address_of(const std::vector<Entry>& have, const std::vector<Entry>& want) {
    return std::any_of(have.begin(), have.end(), [&](const Entry& entry) {
        return std::any_of(want.begin(), want.end(), [&](const Entry& wanted) { return wanted.text == entry.text; });
    });
}

} // namespace

const HostLink* HostPicture::find(const std::string& name) const {
    for (const HostLink& each : links)
        if (each.link.name == name ||
            std::find(each.altnames.begin(), each.altnames.end(), name) != each.altnames.end())
            return &each;
    return nullptr;
}

const HostLink* HostPicture::find(IfIndex index) const {
    for (const HostLink& each : links)
        if (each.link.index == index)
            return &each;
    return nullptr;
}

Place place_of(const HostLink& link) {
    return {link.link.index.number(), link.link.name};
}

HostState state_on(const HostPicture& picture, const Place& here) {
    HostState state;
    state.netdev = here.name;
    state.index = here.index;
    state.taken_at = picture.taken_at;
    read_addresses(state, picture, here);
    read_nexthops(state, picture, here);
    read_routes(state, picture, here);
    for (const Bytes& message : picture.neighbours)
        if (auto neighbour = read_host_neighbour(message, here))
            state.neighbours.push_back(std::move(*neighbour));
    for (const Bytes& message : picture.rules)
        if (auto rule = read_host_rule(message, here))
            state.rules.push_back(std::move(*rule));
    if (const auto found = picture.multicast.find(here.index); found != picture.multicast.end())
        state.multicast = found->second;
    read_bystanders(state, picture, here);
    note_children(state, picture, IfIndex(here.index));
    return state;
}

void note_children(HostState& state, const HostPicture& picture, IfIndex netdev) {
    for (const HostLink& child : vlans_on(picture, netdev)) {
        const HostState its = state_on(picture, {child.link.index.number(), child.link.name});
        const auto note = [&](Bystander::Sort sort, const std::vector<Entry>& entries, bool on_it_alone) {
            for (Entry entry : entries) {
                if (on_it_alone) // the netdev counts: several have the same address
                    entry.identity = entry.message;
                if (std::none_of(state.bystanders.begin(), state.bystanders.end(),
                                 [&](const Bystander& b) { return b.entry == entry; }))
                    state.bystanders.push_back({sort, entry});
            }
        };
        note(Bystander::Sort::address, its.addresses_v6, true);
        note(Bystander::Sort::nexthop, its.nexthops, false);
        note(Bystander::Sort::route, its.routes, false);
        note(Bystander::Sort::neighbour, its.neighbours, true);
    }
}

bool is_made_with_another(const Entry& route, const HostState& have, const HostState& moving) {
    const auto is_its = [&](const std::vector<Entry>& all, const std::vector<Entry>& those) {
        return std::any_of(all.begin(), all.end(), [&](const Entry& address) {
            return is_made_with(route.message, address.message) &&
                   std::none_of(those.begin(), those.end(),
                                [&](const Entry& moved) { return moved.text == address.text; });
        });
    };
    return is_its(have.addresses_v4, moving.addresses_v4) || is_its(have.addresses_v6, moving.addresses_v6);
}

HostState caught_up(HostState state, const HostPicture& picture) {
    const HostLink* netdev = picture.find(IfIndex(state.index));
    if (netdev == nullptr)
        return state;
    const Place now_called{state.index, netdev->link.name};
    const Place then_called{state.index, state.netdev};
    HostState now = state_on(picture, now_called);
    const auto add_addresses = [&](std::vector<Entry>& known, const std::vector<Entry>& listed) {
        for (const Entry& address : listed) // by their text: a rename changes their labels
            if (std::none_of(known.begin(), known.end(), [&](const Entry& k) { return k.text == address.text; }))
                known.push_back(
                    *read_host_address(address_as_of(address.message, now_called, then_called), then_called));
    };
    const auto add = [](std::vector<Entry>& known, const std::vector<Entry>& listed) {
        const auto newer = missing_from(known, listed);
        known.insert(known.end(), newer.begin(), newer.end());
    };
    add_addresses(state.addresses_v4, now.addresses_v4);
    add_addresses(state.addresses_v6, now.addresses_v6);
    add(state.nexthops, now.nexthops);
    add(state.routes, now.routes);
    add(state.neighbours, now.neighbours);
    std::stable_partition(state.routes.begin(), state.routes.end(),
                          [](const Entry& route) { return is_on_link(route.message); });
    return state;
}

Held held_on(const HostPicture& picture, const HostState& state, const Place& here) {
    const HostState now = state_on(picture, here);
    Held held;
    held.some = any_address_of(now.addresses_v4, state.addresses_v4) ||
                any_address_of(now.addresses_v6, state.addresses_v6) || any_route_of(now, state) ||
                any_of_these_in(now.neighbours, state.neighbours);
    const auto note = [&](const std::vector<Entry>& missing) {
        held.lacking.insert(held.lacking.end(), missing.begin(), missing.end());
    };
    note(missing_from(now.addresses_v4, state.addresses_v4));
    note(missing_from(now.addresses_v6, state.addresses_v6));
    note(missing_from(now.nexthops, state.nexthops));
    note(missing_from(now.routes, state.routes));
    note(missing_from(now.neighbours, state.neighbours));
    note(missing_from(now.rules, state.rules));
    for (const Mac& mac : state.multicast)
        if (std::find(now.multicast.begin(), now.multicast.end(), mac) == now.multicast.end())
            held.lacking.push_back({"multicast address " + mac.str(), {}, {}});
    std::unordered_set<std::string> routes;
    if (!state.bystanders.empty())
        for (const Bytes& route : picture.routes)
            routes.insert(as_text(read_host_route(route, 0).identity));
    for (const Bystander& bystander : state.bystanders)
        if (!holds(picture, routes, bystander))
            held.lacking.push_back(bystander.entry);
    const auto differs = [](const ListChange& change) { return !change.add.empty() || !change.remove.empty(); };
    held.lacks = !held.lacking.empty() || differs(plan_ordered(now.addresses_v4, state.addresses_v4)) ||
                 differs(plan_ordered(now.addresses_v6, state.addresses_v6));
    return held;
}

std::optional<IfIndex> default_route_netdev(const HostPicture& picture) {
    std::optional<DefaultRoute> best;
    const auto rank = [](const DefaultRoute& route) { return std::tuple(route.ipv6, route.metric); };
    for (const Bytes& message : picture.routes)
        if (const auto route = read_default_route(message); route && (!best || rank(*route) < rank(*best)))
            best = route;
    return best ? std::optional(IfIndex(best->netdev)) : std::nullopt;
}

std::vector<HostLink> vlans_on(const HostPicture& picture, IfIndex netdev) {
    std::vector<HostLink> found;
    for (const HostLink& each : picture.links) {
        if (each.link.kind != "vlan" || each.lower != std::optional(netdev))
            continue;
        found.push_back(each);
        const auto above = vlans_on(picture, each.link.index);
        found.insert(found.end(), above.begin(), above.end());
    }
    return found;
}

} // namespace vifplug
