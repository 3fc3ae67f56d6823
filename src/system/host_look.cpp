// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_look.hpp"

#include "core/error.hpp"
#include "system/host_requests.hpp"
#include "system/kernel_message.hpp"
#include "system/link_message.hpp"
#include "system/multicast_addresses.hpp"
#include "system/netlink_attributes.hpp"
#include "system/router_advertisements.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

constexpr std::array<int, 2> families{AF_INET, AF_INET6};

} // namespace

void list_all(NetlinkSocket& socket, const std::function<NetlinkMessage()>& question, const std::string& tried,
              std::vector<Bytes>& into) {
    const std::size_t before = into.size();
    try {
        socket.dump(
            question, tried, [&] { into.resize(before); },
            [&](const nlmsghdr& message) { into.push_back(payload_of(message)); });
    } catch (const Error& error) {
        // A kernel without IPv6, or without nexthop objects (before 5.3), has none of them.
        if (error.code() != system_code(EOPNOTSUPP) && error.code() != system_code(EAFNOSUPPORT))
            throw;
        into.resize(before);
    }
}

HostPicture look_at_host(NetlinkSocket& socket) {
    HostPicture picture;
    picture.taken_at = seconds_since_boot();
    const auto links = [] {
        NetlinkMessage message = make_request(RTM_GETLINK, NLM_F_DUMP, link_header(0));
        put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        return message;
    };
    socket.dump(
        links, "list the interfaces", [&] { picture.links.clear(); },
        [&](const nlmsghdr& message) { picture.links.push_back(read_host_link(message)); });
    for (const int family : families) {
        const auto with_family = [family](int type, auto header, auto field) {
            return [=]() mutable {
                header.*field = static_cast<unsigned char>(family);
                return make_request(type, NLM_F_DUMP, header);
            };
        };
        list_all(socket, with_family(RTM_GETADDR, ifaddrmsg{}, &ifaddrmsg::ifa_family), "list the addresses",
                 picture.addresses);
        list_all(socket, with_family(RTM_GETROUTE, rtmsg{}, &rtmsg::rtm_family), "list the routes", picture.routes);
        list_all(socket, with_family(RTM_GETRULE, fib_rule_hdr{}, &fib_rule_hdr::family), "list the rules",
                 picture.rules);
        for (const int flags : {0, NTF_PROXY}) {
            ndmsg header{};
            header.ndm_family = static_cast<unsigned char>(family);
            header.ndm_flags = static_cast<std::uint8_t>(flags);
            list_all(
                socket, [=] { return make_request(RTM_GETNEIGH, NLM_F_DUMP, header); }, "list the neighbours",
                picture.neighbours);
        }
    }
    std::vector<Bytes> nexthops;
    list_all(
        socket, [] { return make_request(RTM_GETNEXTHOP, NLM_F_DUMP, nhmsg{}); }, "list the nexthop objects", nexthops);
    std::transform(nexthops.begin(), nexthops.end(), std::back_inserter(picture.nexthops), read_nexthop);
    picture.multicast = multicast_addresses();
    if (std::any_of(picture.routes.begin(), picture.routes.end(), may_be_advertised))
        picture.advertised = advertised_routes();
    return picture;
}

} // namespace vifplug
