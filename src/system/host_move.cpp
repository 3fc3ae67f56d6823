// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_move.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/host_look.hpp"
#include "system/host_requests.hpp"
#include "system/multicast_addresses.hpp"
#include "system/router_advertisements.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <thread>

namespace vifplug {

namespace {

/// The age of a state in seconds, by which lifetimes that count from its taking have shortened.
std::uint64_t age_of(const HostState& state) {
    const std::uint64_t now = seconds_since_boot();
    return now > state.taken_at ? now - state.taken_at : 0;
}

Place place_of(const Netdev& netdev) {
    return {netdev.index.number(), netdev.name};
}

bool is_among(const std::vector<Entry>& entries, const Entry& entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

/// One that is refused is still missing when the host is looked at again, and said then.
void add_advertised(const std::vector<Entry>& routes, const Place& here, std::uint64_t elapsed) {
    for (const Entry& route : routes) {
        if (!route.advertised)
            continue;
        try {
            add_advertised_route(route, here.index, elapsed);
        } catch (const Error&) {
            continue;
        }
    }
}

/// Routes whose gateway nothing on the link leads to: the kernel keeps those it has, but makes none. So it gets a way
/// to the gateway for the moment.
void make_with_scaffold(NetlinkSocket& socket, const std::vector<Entry>& routes, const HostState& state,
                        const Place& here) {
    std::vector<Bytes> ways;
    for (const Entry& route : routes)
        for (const Gateway& gateway : gateways_of(route_for(route.message, state.index, here.index, 0), here.index))
            ways.push_back(route_to_gateway(gateway, here.index));
    std::vector<Bytes> made;
    for (const Bytes& way : ways) {
        std::vector<NetlinkMessage> one;
        one.push_back(request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, way));
        if (socket.change_all(std::move(one), "make a way to a gateway").empty())
            made.push_back(way);
    }
    std::vector<Change> changes;
    for (const Entry& route : routes)
        changes.push_back({new_route(route_for(route.message, state.index, here.index, 0)), route.text});
    for (const Bytes& way : made)
        changes.push_back({request(RTM_DELROUTE, 0, way), ""});
    make_all(socket, std::move(changes), "make routes", {EEXIST, ESRCH});
}

/// An IPv6 address is listed a moment before the kernel takes frames to it (addrconf_dad_work() makes its local route).
/// An answer that comes in that moment is lost, and the next question a second away.
void await_addresses(NetlinkSocket& socket, const HostState& state, const Place& here) {
    constexpr std::chrono::microseconds a_moment{200};
    constexpr std::chrono::seconds patience{3};
    const auto end = std::chrono::steady_clock::now() + patience;
    const auto is_missing = [&](const std::vector<Bytes>& routes) {
        return std::any_of(state.addresses_v6.begin(), state.addresses_v6.end(), [&](const Entry& address) {
            const Bytes own = own_address_of(address.message);
            return is_known_to_be_ours(address.message) &&
                   std::none_of(routes.begin(), routes.end(),
                                [&](const Bytes& route) { return is_local_route_to(route, own, here.index); });
        });
    };
    while (!state.addresses_v6.empty() && std::chrono::steady_clock::now() < end) {
        std::vector<Bytes> routes;
        list_all(
            socket,
            [] {
                rtmsg header{};
                header.rtm_family = AF_INET6;
                header.rtm_table = RT_TABLE_LOCAL;
                return make_request(RTM_GETROUTE, NLM_F_DUMP, header);
            },
            "list the local routes", routes);
        if (!is_missing(routes))
            return;
        std::this_thread::sleep_for(a_moment); // nothing tells of it
    }
}

/// The kernel makes nexthop objects only on a link that has its carrier (rtm_to_nh_config()), and a bridge gets that of
/// a NIC that was down for its rename up to a second later (net/core/link_watch.c).
void await_carrier(NetlinkSocket& socket, const Place& here) {
    constexpr std::chrono::milliseconds a_moment{2};
    constexpr int moments = 1000;
    bool has_carrier = false;
    for (int i = 0; i < moments && !has_carrier; ++i) {
        if (i != 0)
            std::this_thread::sleep_for(a_moment);
        socket.ask(make_request(RTM_GETLINK, 0, link_header(here.index)), "look up " + printable(here.name),
                   [&](const nlmsghdr& message) {
                       const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(&message));
                       has_carrier = (link->ifi_flags & IFF_LOWER_UP) != 0;
                   });
    }
}

/// Requests that put a state on a netdev.
class Giving {
  public:
    Giving(const GiveState& step, const HostState& state, const HostPicture& picture)
        : step_(step), state_(state), was_{state.index, state.netdev}, here_(place_of(step.to)),
          have_(state_on(picture, here_)), elapsed_(age_of(state)) {}

    std::vector<Change> changes() && {
        (void)change_addresses(have_.addresses_v4, state_.addresses_v4, false);
        const std::vector<Entry> unchecked = change_addresses(have_.addresses_v6, state_.addresses_v6, true);
        make_routes();
        make_neighbours();
        move_rules();
        take_nodad_off(unchecked);
        return std::move(changes_);
    }

  private:
    void add(NetlinkMessage message, const std::string& text) { changes_.push_back({std::move(message), text}); }

    /// Gives those that are added.
    std::vector<Entry> change_addresses(const std::vector<Entry>& are, const std::vector<Entry>& want, bool nodad) {
        ListChange change = plan_ordered(are, want);
        for (auto address = change.remove.rbegin(); address != change.remove.rend(); ++address)
            add(request(RTM_DELADDR, 0, address_off(address->message, here_)), "");
        for (const Entry& address : change.add)
            add(request(
                    RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                    address_for(address.message, was_, here_, elapsed_, nodad && is_known_to_be_ours(address.message))),
                address.text);
        return std::move(change.add);
    }

    void make_routes() {
        for (const Entry& nexthop : state_.nexthops)
            add(request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE,
                        nexthop_for(nexthop.message, was_.index, here_.index)),
                nexthop.text);
        for (const Entry& route : missing_from(have_.routes, state_.routes))
            if (!is_made_with_an_address(route.message) && !route.advertised)
                add(new_route(route_for(route.message, was_.index, here_.index, elapsed_)), route.text);
    }

    void make_neighbours() {
        for (const Entry& neighbour : state_.neighbours)
            add(request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour_for(neighbour.message, here_)),
                neighbour.text);
    }

    void move_rules() {
        for (const Entry& rule : state_.rules) {
            add(request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule_for(rule.message, was_, here_)), rule.text);
            for (const std::string& name : step_.other_names)
                add(request(RTM_DELRULE, 0, rule_for(rule.message, was_, {0, name})), "");
        }
    }

    /// DAD is not repeated, yet the address shall not be one that was made without.
    void take_nodad_off(const std::vector<Entry>& addresses) {
        for (const Entry& address : addresses)
            if (is_known_to_be_ours(address.message))
                add(request(RTM_NEWADDR, NLM_F_REPLACE, address_for(address.message, was_, here_, elapsed_, false)),
                    "");
    }

    const GiveState& step_;
    const HostState& state_;
    Place was_;
    Place here_;
    HostState have_;
    std::uint64_t elapsed_;
    std::vector<Change> changes_;
};

/// Routes the kernel made with an address and nobody had.
void add_removal_of_extra_routes(std::vector<Change>& changes, const HostState& now, const HostState& state) {
    for (const Entry& extra : missing_from(state.routes, now.routes))
        if (is_made_with_an_address(extra.message) && !is_made_with_another(extra, now, state))
            changes.push_back({request(RTM_DELROUTE, 0, route_for(extra.message, 0, 0, 0)), ""});
}

void add_lost_addresses(std::vector<Change>& changes, const std::vector<Entry>& lacking, const HostState& state,
                        const Place& here) {
    const auto make = [&](const Entry& address, bool nodad) {
        changes.push_back(
            {request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
                     address_for(address.message, {state.index, state.netdev}, here, age_of(state), nodad)),
             address.text});
    };
    for (const Entry& lost : lacking) {
        // Somebody else has made it meanwhile, with another metric: systemd-networkd (252) gives a lease one, and
        // takes it off when it renews.
        if (is_among(state.addresses_v4, lost))
            make(lost, false);
        if (is_among(state.addresses_v6, lost)) // it went with the netdev being down
            for (const bool nodad : {true, false})
                make(lost, nodad);
    }
}

/// What another netdev lost, made again there.
NetlinkMessage again(const Bystander& bystander) {
    const Bytes& message = bystander.entry.message;
    switch (bystander.sort) {
    case Bystander::Sort::address:
        return request(RTM_NEWADDR, NLM_F_CREATE, again_without_dad(message));
    case Bystander::Sort::neighbour:
        return request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour_again(message));
    case Bystander::Sort::nexthop:
        return request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, nexthop_for(message, 0, 0));
    case Bystander::Sort::route:
        break;
    }
    return new_route(route_for(message, 0, 0, 0));
}

Error lacks(const Held& held, const Netdev& netdev, const std::string& complaint) {
    return Error("put " + name_some(held.lacking) + " on " + printable(netdev.name), system_code(EIO), complaint);
}

/// What the first attempt left: routes the kernel made with an address and nobody had, those it did not make, and what
/// other netdevs lost.
void mend(NetlinkSocket& socket, const GiveState& step, const HostState& state) {
    const Place here = place_of(step.to);
    std::string complaint;
    for (int attempt = 0; attempt < 3; ++attempt) { // a route may need another that is made in the same round
        const HostPicture picture = look_at_host(socket);
        const Held held = held_on(picture, state, here);
        std::vector<Change> changes;
        add_removal_of_extra_routes(changes, state_on(picture, here), state);
        add_lost_addresses(changes, held.lacking, state, here);
        for (const Entry& nexthop : state.nexthops) // refused while the link had no carrier, or gone with it since
            if (is_among(held.lacking, nexthop))
                changes.push_back({request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE,
                                           nexthop_for(nexthop.message, state.index, here.index)),
                                   nexthop.text});
        std::vector<Entry> lost_routes;
        std::copy_if(held.lacking.begin(), held.lacking.end(), std::back_inserter(lost_routes),
                     [&](const Entry& lost) { return is_among(state.routes, lost); });
        for (const Entry& lost : lost_routes)
            if (!lost.advertised)
                changes.push_back(
                    {new_route(route_for(lost.message, state.index, here.index, age_of(state))), lost.text});
        add_advertised(lost_routes, here, age_of(state));
        for (const Bystander& bystander : state.bystanders)
            if (is_among(held.lacking, bystander.entry))
                changes.push_back({again(bystander), bystander.entry.text});
        if (changes.empty() && held.lacking.empty())
            return;
        if (changes.empty() && lost_routes.empty())
            throw lacks(held, step.to, "");
        complaint.clear();
        make_all(socket, std::move(changes), describe(step), {EEXIST, ESRCH, ENOENT}, &complaint);
        if (attempt > 0)
            make_with_scaffold(socket, lost_routes, state, here);
    }
    if (const Held held = held_on(look_at_host(socket), state, here); !held.lacking.empty())
        throw lacks(held, step.to, complaint);
}

} // namespace

void take_state(NetlinkSocket& socket, const Netdev& from, const HostState& state, const HostPicture& picture) {
    const Place was{state.index, state.netdev};
    const Place here = place_of(from);
    std::vector<Change> changes;
    const auto remove = [&](int type, const Bytes& payload) { changes.push_back({request(type, 0, payload), ""}); };
    for (const Entry& route : state.routes)
        if (!is_made_with_an_address(route.message))
            remove(RTM_DELROUTE, route.advertised ? route_off(route.message, was.index, here.index)
                                                  : route_for(route.message, was.index, here.index, 0));
    for (const Entry& neighbour : state.neighbours)
        remove(RTM_DELNEIGH, neighbour_for(neighbour.message, here));
    // The last first: a primary IPv4 address takes its secondaries along, and what was made first shall be left
    // first, if this ends in the middle.
    for (const auto* addresses : {&state.addresses_v4, &state.addresses_v6})
        for (auto address = addresses->rbegin(); address != addresses->rend(); ++address)
            remove(RTM_DELADDR, address_off(address->message, here));
    // Most went with their address; that of an IPv6 address with a lifetime stays (check_cleanup_prefix_route()).
    const HostState have = state_on(picture, here);
    for (const Entry& route : state.routes)
        if (is_made_with_an_address(route.message) && !is_made_with_another(route, have, state))
            remove(RTM_DELROUTE, route_for(route.message, was.index, here.index, 0));
    make_all(socket, std::move(changes), describe(TakeState{from}), {});
    for (const Mac& mac : state.multicast)
        remove_multicast_address(from.name, mac);
}

void give_state(NetlinkSocket& socket, const GiveState& step, const HostState& state, const HostPicture& picture) {
    const Place here = place_of(step.to);
    const std::vector<Entry> missing = missing_from(state_on(picture, here).routes, state.routes);
    make_all(socket, Giving(step, state, picture).changes(), describe(step), {EEXIST, ESRCH, ENOENT});
    add_advertised(missing, here, age_of(state));
    for (const Mac& mac : state.multicast)
        add_multicast_address(step.to.name, mac);
    if (!state.nexthops.empty())
        await_carrier(socket, here);
    mend(socket, step, state);
    await_addresses(socket, state, here);
}

} // namespace vifplug
