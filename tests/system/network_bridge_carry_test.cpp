// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Everything the host has on its NIC is on its new netdev, and back again.
#include "system/uplink_world.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace vifplug::test {
namespace {

class Carry : public UplinkWorld, public testing::WithParamInterface<const char*> {
  protected:
    /// What the host's netdev and the NIC are called while it is set up.
    std::string holder() const {
        return std::string(GetParam()).find("xenbr7") == std::string::npos ? "eth0" : "xenbr7";
    }

    /// The text with the holder's name for the NIC's.
    std::string as_on_holder(std::string text) const {
        if (holder() == "eth0")
            return text;
        for (std::size_t at = text.find("eth0"); at != std::string::npos; at = text.find("eth0", at + 1))
            text.replace(at, 4, holder());
        return text;
    }

    void expect_carried(const std::string& words) {
        const std::string before = show(words + " eth0");
        start(GetParam());
        EXPECT_EQ(show(words + " " + holder()), as_on_holder(before));
        stop();
        EXPECT_EQ(show(words + " eth0"), before);
    }
};

INSTANTIATE_TEST_SUITE_P(
    Topologies, Carry, testing::Values("topology=veth", "topology=bridge", "topology=bridge bridge=xenbr7"),
    [](const auto& each) {
        return std::string(each.index == 0 ? "veth" : each.index == 1 ? "bridge" : "bridge_of_another_name");
    });

TEST_P(Carry, StartAndStopLeaveExactlyWhatWasThere) {
    make_a_rich_host();
    const std::string before = picture();
    start(GetParam());
    EXPECT_TRUE(reaches_the_gateway());
    EXPECT_EQ(addresses_of("peth0"), std::vector<std::string>());
    stop();
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(Carry, AllRoutesOfAllTables) {
    make_a_rich_host();
    const auto routes = [](const std::string& family) {
        std::string text = show(family + " route show table all");
        std::string kept;
        std::size_t start_of_line = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start_of_line)) {
            const std::string line = text.substr(start_of_line, end - start_of_line);
            start_of_line = end + 1;
            const bool is_kernels_own = line.find("table local") != std::string::npos;
            const bool is_of_a_port = line.find("dev vif0.") != std::string::npos ||
                                      line.find("dev peth0") != std::string::npos ||
                                      line.find("dev xenbr0") != std::string::npos;
            if (!is_kernels_own && !is_of_a_port)
                kept += line.substr(0, line.find(" expires")) + "\n";
        }
        return kept;
    };
    const std::string before_v4 = routes("-4");
    const std::string before_v6 = routes("-6");
    start(GetParam());
    EXPECT_EQ(routes("-4"), as_on_holder(before_v4));
    EXPECT_EQ(routes("-6"), as_on_holder(before_v6));
    const std::string expiring = show("-6 route show 2001:db8:5::/64");
    const std::size_t at = expiring.find("expires ");
    ASSERT_NE(at, std::string::npos) << expiring;
    const int rest = std::stoi(expiring.substr(at + std::string("expires ").size()));
    EXPECT_TRUE(0 < rest && rest <= 500) << expiring;
}

TEST_P(Carry, AddressesWithOrderLabelsPeersAndScope) {
    make_a_rich_host();
    ip("address del 10.5.0.1/24 dev eth0"); // their lifetimes pass
    ip("address del 2001:db8::12/128 dev eth0");
    std::string before = show("address show dev eth0");
    before = before.substr(before.find("    inet "));
    start(GetParam());
    std::string during = show("address show dev " + holder());
    EXPECT_EQ(during.substr(during.find("    inet ")), as_on_holder(before));
}

TEST_P(Carry, RemainingLifetimes) {
    ip("address add 10.5.0.1/24 dev eth0 valid_lft 100000 preferred_lft 90000");
    ip("address add 2001:db8::12/64 dev eth0 valid_lft 100000 preferred_lft 0");
    start(GetParam());
    std::map<std::string, nlohmann::json> during;
    const auto links = nlohmann::json::parse(show("-j address show dev " + holder()));
    for (const auto& address : links.at(0).at("addr_info"))
        during[address.at("local")] = address;
    const auto expect_less_by_the_time_it_took = [&](const std::string& address, const char* life, int before) {
        const int rest = during[address].at(life);
        EXPECT_TRUE(before - 600 < rest && rest <= before) << address << " " << life << " " << rest;
    };
    expect_less_by_the_time_it_took("10.5.0.1", "valid_life_time", 100000);
    expect_less_by_the_time_it_took("10.5.0.1", "preferred_life_time", 90000);
    expect_less_by_the_time_it_took("2001:db8::12", "valid_life_time", 100000);
    EXPECT_EQ(during["2001:db8::12"].at("preferred_life_time"), 0);
    EXPECT_EQ(during["2001:db8::12"].at("deprecated"), true);
}

TEST_P(Carry, NexthopObjectsAreMadeAnew) {
    make_a_rich_host();
    expect_carried("nexthop show dev");
    const std::string groups = show("nexthop show groups");
    EXPECT_NE(groups.find("id 7 group 5,3/6"), std::string::npos) << groups;
}

TEST_P(Carry, Neighbours) {
    make_a_rich_host();
    expect_carried("neighbour show nud permanent dev");
}

TEST_P(Carry, Sysctls) {
    std::ofstream("/proc/sys/net/ipv4/conf/eth0/arp_announce") << 2;
    std::ofstream("/proc/sys/net/ipv6/conf/eth0/hop_limit") << 33;
    std::ofstream("/proc/sys/net/ipv4/neigh/eth0/gc_stale_time") << 99;
    const auto value = [](const std::string& path) {
        std::ifstream in("/proc/sys/net/" + path);
        std::string text;
        in >> text;
        return text;
    };
    start(GetParam());
    EXPECT_EQ(value("ipv4/conf/" + holder() + "/arp_announce"), "2");
    EXPECT_EQ(value("ipv6/conf/" + holder() + "/hop_limit"), "33");
    EXPECT_EQ(value("ipv4/neigh/" + holder() + "/gc_stale_time"), "99");
    std::ofstream("/proc/sys/net/ipv4/conf/" + holder() + "/arp_announce") << 1;
    stop();
    EXPECT_EQ(value("ipv4/conf/eth0/arp_announce"), "1") << "what the host has by then";
}

TEST_P(Carry, RulesNameTheHostsNetdev) {
    ip("rule add iif eth0 table 77 pref 999");
    ip("-6 rule add oif eth0 table 77 pref 998");
    const std::string before = show("rule show") + show("-6 rule show");
    start(GetParam());
    EXPECT_EQ(show("rule show") + show("-6 rule show"), as_on_holder(before));
    stop();
    EXPECT_EQ(show("rule show") + show("-6 rule show"), before);
}

TEST_P(Carry, MulticastMembershipsAliasGroupAndFlags) {
    make_a_rich_host();
    start(GetParam());
    const std::string link = show("-d link show dev " + holder());
    EXPECT_NE(link.find("altname enp3s0"), std::string::npos) << link;
    EXPECT_NE(link.find("alias uplink"), std::string::npos) << link;
    EXPECT_NE(link.find("group 5"), std::string::npos) << link;
    EXPECT_NE(link.find("ALLMULTI"), std::string::npos) << link;
    EXPECT_NE(show("maddress show dev " + holder()).find("01:00:5e:01:02:03 static"), std::string::npos);
}

TEST_P(Carry, ARouteOfAnotherNicWithOneOfTheAddressesAsSource) {
    make_nic("eth1", "198.51.100.1/24");
    ip("route add 10.60.0.0/16 via 198.51.100.254 dev eth1 src 192.0.2.10");
    const std::string before = show("route show dev eth1");
    start(GetParam());
    EXPECT_EQ(show("route show dev eth1"), before);
    stop();
    EXPECT_EQ(show("route show dev eth1"), before);
}

TEST_P(Carry, ARouteWithLegsOnTwoNics) {
    make_nic("eth1", "198.51.100.1/24");
    ip("route add 10.61.0.0/16 nexthop via 198.51.100.254 dev eth1 nexthop via 192.0.2.2 dev eth0");
    const std::string before = show("route show 10.61.0.0/16");
    start(GetParam());
    EXPECT_EQ(show("route show 10.61.0.0/16"), as_on_holder(before));
    const Result both = wrapper("start netdev=eth0,eth1");
    EXPECT_EQ(both.status, 0) << both.err;
    stop("netdev=eth1");
    stop("netdev=eth0");
    EXPECT_EQ(show("route show 10.61.0.0/16"), before);
}

/// One advertisement of a router on the wire: itself for 60 s, and 2001:db8:aa::/64 for `valid` seconds.
void advertise(std::uint32_t valid) {
    std::thread([valid] {
        const int wire = open("/run/netns/wire", O_RDONLY | O_CLOEXEC);
        if (setns(wire, CLONE_NEWNET) != 0)
            throw std::runtime_error("no way into the network namespace of the router");
        close(wire);
        const int socket_fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
        const int hops = 255; // RFC 4861: so that it can only come from the link
        (void)setsockopt(socket_fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
        struct {
            nd_router_advert router;
            nd_opt_prefix_info prefix;
        } message{};
        message.router.nd_ra_type = ND_ROUTER_ADVERT;
        message.router.nd_ra_curhoplimit = 64;
        message.router.nd_ra_router_lifetime = htons(60);
        message.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
        message.prefix.nd_opt_pi_len = sizeof message.prefix / 8;
        message.prefix.nd_opt_pi_prefix_len = 64;
        message.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
        message.prefix.nd_opt_pi_valid_time = htonl(valid);
        message.prefix.nd_opt_pi_preferred_time = htonl(valid);
        (void)inet_pton(AF_INET6, "2001:db8:aa::", &message.prefix.nd_opt_pi_prefix);
        sockaddr_in6 everybody{};
        everybody.sin6_family = AF_INET6;
        everybody.sin6_scope_id = if_nametoindex("wire0");
        (void)inet_pton(AF_INET6, "ff02::1", &everybody.sin6_addr);
        if (sendto(socket_fd, &message, sizeof message, 0, reinterpret_cast<sockaddr*>(&everybody), sizeof everybody) !=
            sizeof message)
            throw std::runtime_error("no advertisement sent");
        close(socket_fd);
    }).join();
}

/// What a router gives has to be refreshed by the router afterwards, or the host loses IPv6 when its time is over.
TEST_P(Carry, WhatARouterAdvertisesGoesOnBeingRefreshed) {
    const auto lives_for = [&](const std::string& netdev, std::uint32_t seconds) {
        for (int i = 0; i < 300; ++i) { // it takes the kernel a moment
            advertise(seconds);
            const std::string address = show("-6 address show dynamic dev " + netdev);
            const std::string upper = "valid_lft " + std::to_string(seconds) + "sec";
            const std::string lower = "valid_lft " + std::to_string(seconds - 1) + "sec";
            const std::string routes = show("-6 route show default dev " + netdev);
            if ((address.find(upper) != std::string::npos || address.find(lower) != std::string::npos) &&
                routes.find("via fe80::") != std::string::npos && routes.find("expires") != std::string::npos)
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return false;
    };
    ASSERT_TRUE(lives_for("eth0", 5000)) << show("-6 address show") << show("-6 route show");
    start(GetParam());
    EXPECT_TRUE(lives_for(holder(), 7000)) << show("-6 address show") << show("-6 route show");
    stop();
    EXPECT_TRUE(lives_for("eth0", 9000)) << show("-6 address show") << show("-6 route show");
}

TEST_P(Carry, Ipv6AddressesDoNotRepeatDad) {
    std::ofstream("/proc/sys/net/ipv6/conf/default/accept_dad") << 1;
    std::ofstream("/proc/sys/net/ipv6/conf/eth0/accept_dad") << 1;
    ip("address add 2001:db8::20/64 dev eth0 nodad");
    ip("address change 2001:db8::20/64 dev eth0"); // checked, as far as anybody can see
    const auto tentative = [](const std::string& netdev) { return show("-6 address show tentative dev " + netdev); };
    ASSERT_EQ(tentative("eth0"), "");
    start(GetParam());
    EXPECT_EQ(tentative(holder()), "");
    EXPECT_EQ(show("-6 address show dev " + holder()).find("2001:db8::20/64 scope global nodad"), std::string::npos)
        << "and are no others than before";
    stop();
    EXPECT_EQ(tentative("eth0"), "");
}

} // namespace
} // namespace vifplug::test
