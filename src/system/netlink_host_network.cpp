// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/netlink_host_network.hpp"

#include "core/error.hpp"
#include "core/overloaded.hpp"
#include "core/text.hpp"
#include "system/bridge_vlans.hpp"
#include "system/interface_settings.hpp"
#include "system/link_message.hpp"
#include "system/multicast_addresses.hpp"
#include "system/netlink_attributes.hpp"
#include "system/port_vlans.hpp"
#include "system/router_advertisements.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>
#include <thread>

namespace vifplug {

namespace {

constexpr std::array<int, 2> families{AF_INET, AF_INET6};

std::uint64_t seconds_since_boot() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

ifinfomsg link_header(int index) {
    ifinfomsg header{};
    header.ifi_index = index;
    return header;
}

/// The age of a state in seconds, by which lifetimes that count from its taking have shortened.
std::uint64_t age_of(const HostState& state) {
    const std::uint64_t now = seconds_since_boot();
    return now > state.taken_at ? now - state.taken_at : 0;
}

Place place_of(const Netdev& netdev) {
    return {netdev.index.number(), netdev.name};
}

NetlinkMessage request(int type, int flags, const Bytes& payload) {
    NetlinkMessage message(nlmsg_alloc_size(NLMSG_HDRLEN + payload.size() + NLMSG_ALIGNTO));
    Bytes copy = payload;
    if (!message || nlmsg_put(message.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) == nullptr ||
        nlmsg_append(message.get(), copy.data(), copy.size(), NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

bool is_ipv6(const Bytes& message) {
    return !message.empty() && message.front() == AF_INET6;
}

/// With each family's way of taking a route beside those of the same destination: IPv4 needs to be told to append,
/// and IPv6 would make one route of several legs of them.
NetlinkMessage new_route(const Bytes& route) {
    return request(RTM_NEWROUTE, NLM_F_CREATE | (is_ipv6(route) ? 0 : NLM_F_APPEND), route);
}

/// A change and what it is, for the sentence when it is refused.
struct Change {
    NetlinkMessage message;
    std::string text;
};

void make_all(NetlinkSocket& socket, std::vector<Change> changes, const std::string& tried,
              std::initializer_list<int> tolerated, std::string* complaint = nullptr) {
    std::vector<NetlinkMessage> messages;
    messages.reserve(changes.size());
    for (Change& change : changes)
        messages.push_back(std::move(change.message));
    for (const auto& refused : socket.change_all(std::move(messages), tried)) {
        const bool expected = std::any_of(tolerated.begin(), tolerated.end(),
                                          [&](int code) { return refused.code == system_code(code); });
        if (!expected && complaint != nullptr && complaint->empty())
            *complaint =
                changes[refused.which].text + ": " + (refused.detail.empty() ? refused.code.message() : refused.detail);
    }
}

} // namespace

NetlinkHostNetwork::NetlinkHostNetwork() : socket_(NETLINK_ROUTE) {}

// --- looking --------------------------------------------------------------------------------------------------------

void NetlinkHostNetwork::list(const std::function<NetlinkMessage()>& question, const std::string& tried,
                              std::vector<Bytes>& into) {
    const std::size_t before = into.size();
    try {
        socket_.dump(
            question, tried, [&] { into.resize(before); },
            [&](const nlmsghdr& message) { into.push_back(payload_of(message)); });
    } catch (const Error& error) {
        // A kernel without IPv6, or without nexthop objects (before 5.3), has none of them.
        if (error.code() != system_code(EOPNOTSUPP) && error.code() != system_code(EAFNOSUPPORT))
            throw;
        into.resize(before);
    }
}

HostPicture NetlinkHostNetwork::look() {
    HostPicture picture;
    picture.taken_at = seconds_since_boot();
    const auto links = [] {
        NetlinkMessage message = make_request(RTM_GETLINK, NLM_F_DUMP, link_header(0));
        put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        return message;
    };
    socket_.dump(
        links, "list the interfaces", [&] { picture.links.clear(); },
        [&](const nlmsghdr& message) { picture.links.push_back(read_host_link(message)); });
    for (const int family : families) {
        const auto with_family = [family](int type, auto header, auto field) {
            return [=]() mutable {
                header.*field = static_cast<unsigned char>(family);
                return make_request(type, NLM_F_DUMP, header);
            };
        };
        list(with_family(RTM_GETADDR, ifaddrmsg{}, &ifaddrmsg::ifa_family), "list the addresses", picture.addresses);
        list(with_family(RTM_GETROUTE, rtmsg{}, &rtmsg::rtm_family), "list the routes", picture.routes);
        list(with_family(RTM_GETRULE, fib_rule_hdr{}, &fib_rule_hdr::family), "list the rules", picture.rules);
        for (const int flags : {0, NTF_PROXY}) {
            ndmsg header{};
            header.ndm_family = static_cast<unsigned char>(family);
            header.ndm_flags = static_cast<std::uint8_t>(flags);
            list([=] { return make_request(RTM_GETNEIGH, NLM_F_DUMP, header); }, "list the neighbours",
                 picture.neighbours);
        }
    }
    std::vector<Bytes> nexthops;
    list([] { return make_request(RTM_GETNEXTHOP, NLM_F_DUMP, nhmsg{}); }, "list the nexthop objects", nexthops);
    std::transform(nexthops.begin(), nexthops.end(), std::back_inserter(picture.nexthops), read_nexthop);
    picture.multicast = multicast_addresses();
    if (std::any_of(picture.routes.begin(), picture.routes.end(), may_be_advertised))
        picture.advertised = advertised_routes();
    return picture;
}

// --- making ---------------------------------------------------------------------------------------------------------

namespace {

void put_mac(const NetlinkMessage& message, const Mac& mac) {
    put(message, IFLA_ADDRESS, mac.bytes.data(), mac.bytes.size());
}

} // namespace

// The MAC address goes with the request: udev's MACAddressPolicy changes one that was not asked for.
void NetlinkHostNetwork::make(const MakeBridge& step) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    put_string(message, IFLA_IFNAME, step.name);
    put_mac(message, step.mac);
    put_u32(message, IFLA_MTU, step.mtu);
    {
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, "bridge");
        const Nest data(message, IFLA_INFO_DATA);
        put_u32(message, IFLA_BR_FORWARD_DELAY, 0);
        put_u32(message, IFLA_BR_STP_STATE, 0);
        if (step.vlan_filtering) // even a 0 is refused by a kernel that cannot
            put_vlan_filtering(message, true);
    }
    if (step.vlan_filtering)
        change_filtering(socket_, std::move(message), describe(step));
    else
        socket_.change(std::move(message), describe(step));
}

void NetlinkHostNetwork::make(const MakePair& step) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    put_string(message, IFLA_IFNAME, step.end);
    put_mac(message, step.end_mac);
    put_u32(message, IFLA_MTU, step.mtu);
    {
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, "veth");
        const Nest data(message, IFLA_INFO_DATA);
        const Nest peer(message, VETH_INFO_PEER);
        ifinfomsg header{};
        if (nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0)
            throw std::bad_alloc();
        put_string(message, IFLA_IFNAME, step.port);
        put_mac(message, port_mac);
        put_u32(message, IFLA_MTU, step.mtu);
    }
    socket_.change(std::move(message), describe(step));
}

void NetlinkHostNetwork::set_arp(const SetArp& step) {
    ifinfomsg header = link_header(step.port.index.number());
    header.ifi_change = IFF_NOARP;
    header.ifi_flags = step.on ? 0 : IFF_NOARP;
    socket_.change(make_request(RTM_SETLINK, 0, header), describe(step));
}

void NetlinkHostNetwork::copy_settings(const CopySettings& step, const HostPicture& picture) {
    const HostLink* from = picture.find(step.from.index);
    if (from == nullptr)
        throw Error(describe(step), system_code(ENODEV));
    copy_sysctls(step.from.name, step.to.name);
    ifinfomsg header = link_header(step.to.index.number());
    header.ifi_change = IFF_NOARP | IFF_MULTICAST | IFF_ALLMULTI | IFF_PROMISC | IFF_DYNAMIC;
    const auto bit = [](bool on, unsigned flag) { return on ? flag : 0U; };
    header.ifi_flags = bit(!from->flags.arp, IFF_NOARP) | bit(from->flags.multicast, IFF_MULTICAST) |
                       bit(from->flags.allmulti, IFF_ALLMULTI) | bit(from->flags.promiscuous, IFF_PROMISC) |
                       bit(from->flags.dynamic, IFF_DYNAMIC);
    NetlinkMessage message = make_request(RTM_SETLINK, 0, header);
    put_u32(message, IFLA_GROUP, from->group);
    put_string(message, IFLA_IFALIAS, from->alias);
    socket_.change(std::move(message), describe(step));
}

// A name is nobody's for a moment; one write keeps that moment inside the kernel.
void NetlinkHostNetwork::move_altnames(const MoveAltnames& step, const HostPicture& picture) {
    std::vector<NetlinkMessage> messages;
    const auto change = [&](int type, int flags, const Netdev& netdev, const std::string& name) {
        NetlinkMessage message = make_request(type, flags, link_header(netdev.index.number()));
        {
            const Nest list(message, IFLA_PROP_LIST | NLA_F_NESTED);
            put_string(message, IFLA_ALT_IFNAME, name);
        }
        messages.push_back(std::move(message));
    };
    // A message about a link without altnames does not say that it has none, and systemd-networkd (252) believes it has
    // those that it had; of the link that gets them it then will not hear any more. So one is there meanwhile.
    const std::string place_holder = "vifplug-moves-names-of-" + std::to_string(step.from.index.number());
    const HostLink* from = picture.find(step.from.index);
    const auto has = [&](const std::string& name) {
        return from != nullptr && std::find(from->altnames.begin(), from->altnames.end(), name) != from->altnames.end();
    };
    if (from != nullptr && !has(place_holder))
        change(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, step.from, place_holder);
    for (const std::string& name : step.names) {
        if (has(name))
            change(RTM_DELLINKPROP, 0, step.from, name);
        change(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, step.to, name);
    }
    if (from != nullptr)
        change(RTM_DELLINKPROP, 0, step.from, place_holder);
    if (const auto refused = socket_.change_all(std::move(messages), describe(step)); !refused.empty())
        throw Error(describe(step), refused.front().code, refused.front().detail);
}

std::vector<Bytes> NetlinkHostNetwork::own_entries(const Netdev& port, const Mac& mac) {
    std::vector<Bytes> entries;
    const auto question = [] {
        ndmsg header{};
        header.ndm_family = AF_BRIDGE;
        return make_request(RTM_GETNEIGH, NLM_F_DUMP, header);
    };
    const auto note = [&](const nlmsghdr& message) {
        const auto& header = *static_cast<const ndmsg*>(nlmsg_data(&message));
        const Attributes<ndmsg, NDA_MAX> attributes(message);
        const nlattr* address = attributes[NDA_LLADDR];
        const bool is_its =
            address != nullptr && nla_len(address) == static_cast<int>(mac.bytes.size()) &&
            std::equal(mac.bytes.begin(), mac.bytes.end(), static_cast<const std::uint8_t*>(nla_data(address)));
        // Only what the bridge made of the port: an entry that was learned there is no obstacle.
        if (header.ndm_ifindex == port.index.number() && is_its && (header.ndm_state & NUD_PERMANENT) != 0 &&
            attributes[NDA_MASTER] != nullptr)
            entries.push_back(payload_of(message));
    };
    socket_.dump(
        question, "list the bridge's addresses", [&] { entries.clear(); }, note);
    return entries;
}

bool NetlinkHostNetwork::keeps_mac(const Netdev& port, const Mac& mac) {
    return !own_entries(port, mac).empty();
}

VlanList NetlinkHostNetwork::vlans(IfIndex netdev) {
    return read_vlans(socket_, netdev);
}

void NetlinkHostNetwork::forget_mac(const ForgetMac& step) {
    for (const Bytes& entry : own_entries(step.port, step.mac)) {
        ndmsg header{};
        header.ndm_family = AF_BRIDGE;
        header.ndm_ifindex = step.port.index.number();
        header.ndm_flags = NTF_MASTER;
        NetlinkMessage message = make_request(RTM_DELNEIGH, 0, header);
        put(message, NDA_LLADDR, step.mac.bytes.data(), step.mac.bytes.size());
        if (const auto vlan = vlan_of_neighbour(entry))
            put(message, NDA_VLAN, &*vlan, sizeof *vlan);
        socket_.change(std::move(message), describe(step));
    }
}

// --- moving ---------------------------------------------------------------------------------------------------------

void NetlinkHostNetwork::take(const Netdev& from, const HostState& state, const HostPicture& picture) {
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
    make_all(socket_, std::move(changes), describe(TakeState{from}), {});
    for (const Mac& mac : state.multicast)
        remove_multicast_address(from.name, mac);
}

/// One that is refused is still missing when the host is looked at again, and said then.
void NetlinkHostNetwork::add_advertised(const std::vector<Entry>& routes, const Place& here, std::uint64_t elapsed) {
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

void NetlinkHostNetwork::give(const GiveState& step, const HostState& state, const HostPicture& picture) {
    const Place was{state.index, state.netdev};
    const Place here = place_of(step.to);
    const HostState have = state_on(picture, here);
    const std::uint64_t elapsed = age_of(state);
    std::vector<Change> changes;

    const auto change_addresses = [&](const std::vector<Entry>& are, const std::vector<Entry>& want, bool nodad) {
        const ListChange change = plan_ordered(are, want);
        for (auto address = change.remove.rbegin(); address != change.remove.rend(); ++address)
            changes.push_back({request(RTM_DELADDR, 0, address_off(address->message, here)), ""});
        for (const Entry& address : change.add)
            changes.push_back({request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                                       address_for(address.message, was, here, elapsed,
                                                   nodad && is_known_to_be_ours(address.message))),
                               address.text});
        return change.add;
    };
    (void)change_addresses(have.addresses_v4, state.addresses_v4, false);
    const auto checked = change_addresses(have.addresses_v6, state.addresses_v6, true);
    for (const Entry& nexthop : state.nexthops)
        changes.push_back(
            {request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, nexthop_for(nexthop.message, was.index, here.index)),
             nexthop.text});
    for (const Entry& route : missing_from(have.routes, state.routes))
        if (!is_made_with_an_address(route.message) && !route.advertised)
            changes.push_back({new_route(route_for(route.message, was.index, here.index, elapsed)), route.text});
    for (const Entry& neighbour : state.neighbours)
        changes.push_back({request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour_for(neighbour.message, here)),
                           neighbour.text});
    for (const Entry& rule : state.rules) {
        changes.push_back(
            {request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule_for(rule.message, was, here)), rule.text});
        for (const std::string& name : step.other_names)
            changes.push_back({request(RTM_DELRULE, 0, rule_for(rule.message, was, {0, name})), ""});
    }
    // DAD is not repeated, yet the address shall not be one that was made without.
    for (const Entry& address : checked)
        if (is_known_to_be_ours(address.message))
            changes.push_back(
                {request(RTM_NEWADDR, NLM_F_REPLACE, address_for(address.message, was, here, elapsed, false)), ""});
    make_all(socket_, std::move(changes), describe(step), {EEXIST, ESRCH, ENOENT});
    add_advertised(missing_from(have.routes, state.routes), here, elapsed);
    for (const Mac& mac : state.multicast)
        add_multicast_address(step.to.name, mac);
    mend(step, state);
    await_addresses(state, here);
}

/// Routes whose gateway nothing on the link leads to: the kernel keeps those it has, but makes none. So it gets a way
/// to the gateway for the moment.
void NetlinkHostNetwork::make_with_scaffold(const std::vector<Entry>& routes, const HostState& state,
                                            const Place& here) {
    std::vector<Bytes> ways;
    for (const Entry& route : routes)
        for (const Gateway& gateway : gateways_of(route_for(route.message, state.index, here.index, 0), here.index))
            ways.push_back(route_to_gateway(gateway, here.index));
    std::vector<Bytes> made;
    for (const Bytes& way : ways) {
        std::vector<NetlinkMessage> one;
        one.push_back(request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, way));
        if (socket_.change_all(std::move(one), "make a way to a gateway").empty())
            made.push_back(way);
    }
    std::vector<Change> changes;
    for (const Entry& route : routes)
        changes.push_back({new_route(route_for(route.message, state.index, here.index, 0)), route.text});
    for (const Bytes& way : made)
        changes.push_back({request(RTM_DELROUTE, 0, way), ""});
    make_all(socket_, std::move(changes), "make routes", {EEXIST, ESRCH});
}

/// An IPv6 address is listed a moment before the kernel takes frames to it (addrconf_dad_work() makes its local route).
/// An answer that comes in that moment is lost, and the next question a second away.
void NetlinkHostNetwork::await_addresses(const HostState& state, const Place& here) {
    constexpr std::chrono::microseconds a_moment{200};
    constexpr int moments = 500;
    const auto is_missing = [&](const std::vector<Bytes>& routes) {
        return std::any_of(state.addresses_v6.begin(), state.addresses_v6.end(), [&](const Entry& address) {
            const Bytes own = own_address_of(address.message);
            return is_known_to_be_ours(address.message) &&
                   std::none_of(routes.begin(), routes.end(),
                                [&](const Bytes& route) { return is_local_route_to(route, own, here.index); });
        });
    };
    for (int i = 0; i < moments && !state.addresses_v6.empty(); ++i) {
        std::vector<Bytes> routes;
        list(
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

/// What the first attempt left: routes the kernel made with an address and nobody had, those it did not make, and what
/// other netdevs lost.
void NetlinkHostNetwork::mend(const GiveState& step, const HostState& state) {
    const Place here = place_of(step.to);
    std::string complaint;
    for (int attempt = 0; attempt < 3; ++attempt) { // a route may need another that is made in the same round
        const HostPicture picture = look();
        const HostState now = state_on(picture, here);
        const Held held = held_on(picture, state, here);
        std::vector<Change> changes;
        for (const Entry& extra : missing_from(state.routes, now.routes))
            if (is_made_with_an_address(extra.message) && !is_made_with_another(extra, now, state))
                changes.push_back({request(RTM_DELROUTE, 0, route_for(extra.message, 0, 0, 0)), ""});
        std::vector<Entry> lost_routes;
        for (const Entry& lost : held.lacking) {
            if (std::find(state.addresses_v6.begin(), state.addresses_v6.end(), lost) != state.addresses_v6.end())
                for (const bool nodad : {true, false}) // it went with the netdev being down
                    changes.push_back(
                        {request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
                                 address_for(lost.message, {state.index, state.netdev}, here, age_of(state), nodad)),
                         lost.text});
            if (std::find(state.routes.begin(), state.routes.end(), lost) != state.routes.end())
                lost_routes.push_back(lost);
        }
        for (const Entry& lost : lost_routes)
            if (!lost.advertised)
                changes.push_back(
                    {new_route(route_for(lost.message, state.index, here.index, age_of(state))), lost.text});
        add_advertised(lost_routes, here, age_of(state));
        for (const Bystander& bystander : state.bystanders) {
            if (std::find(held.lacking.begin(), held.lacking.end(), bystander.entry) == held.lacking.end())
                continue;
            const Bytes& message = bystander.entry.message;
            switch (bystander.sort) {
            case Bystander::Sort::address:
                changes.push_back(
                    {request(RTM_NEWADDR, NLM_F_CREATE, again_without_dad(message)), bystander.entry.text});
                break;
            case Bystander::Sort::neighbour:
                changes.push_back({request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour_again(message)),
                                   bystander.entry.text});
                break;
            case Bystander::Sort::nexthop:
                changes.push_back({request(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, nexthop_for(message, 0, 0)),
                                   bystander.entry.text});
                break;
            case Bystander::Sort::route:
                changes.push_back({new_route(route_for(message, 0, 0, 0)), bystander.entry.text});
                break;
            }
        }
        if (changes.empty() && held.lacking.empty())
            return;
        if (changes.empty() && lost_routes.empty())
            throw Error("put " + name_some(held.lacking) + " on " + printable(step.to.name), system_code(EIO));
        complaint.clear();
        make_all(socket_, std::move(changes), describe(step), {EEXIST, ESRCH, ENOENT}, &complaint);
        if (attempt > 0)
            make_with_scaffold(lost_routes, state, here);
    }
    const Held held = held_on(look(), state, here);
    if (!held.lacking.empty())
        throw Error("put " + name_some(held.lacking) + " on " + printable(step.to.name), system_code(EIO), complaint);
}

void NetlinkHostNetwork::perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) {
    std::visit(overloaded{
                   [&](const Step& s) { links_.perform(s); },
                   [&](const MakeBridge& s) { make(s); },
                   [&](const MakePair& s) { make(s); },
                   [&](const RemoveLink& s) {
                       socket_.change(make_request(RTM_DELLINK, 0, link_header(s.netdev.index.number())), describe(s));
                   },
                   [&](const SetArp& s) { set_arp(s); },
                   [&](const StopIpv6& s) { stop_ipv6(s.netdev.name); },
                   [&](const PinMac& s) {
                       links_.perform(SetMac{s.child, s.mac, s.mac});
                   },
                   [&](const CopySettings& s) { copy_settings(s, picture); },
                   [&](const MoveAltnames& s) { move_altnames(s, picture); },
                   [&](const ForgetMac& s) { forget_mac(s); },
                   [&](const SetVlanFiltering& s) { set_vlan_filtering(socket_, s); },
                   [&](const GiveVlans& s) { give_vlans(socket_, s); },
                   [&](const TakeState& s) { take(s.from, state, picture); },
                   [](const TellManagers&) { /* not the kernel */ },
                   [&](const GiveState& s) { give(s, state, picture); },
               },
               step);
}

} // namespace vifplug
