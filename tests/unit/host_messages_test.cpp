// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_messages.hpp"

#include "core/error.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {
namespace {

/// A message as the kernel writes it: a header, then attributes.
class Built {
  public:
    template <class Header>
    explicit Built(const Header& header) {
        append(&header, sizeof header);
    }

    Built& with(int type, const Bytes& data) {
        const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + data.size()), static_cast<std::uint16_t>(type)};
        append(&header, sizeof header);
        append(data.data(), data.size());
        return *this;
    }
    Built& with(int type, const std::string& text) {
        return with(type, Bytes(text.c_str(), text.c_str() + text.size() + 1));
    }
    template <class T>
    Built& with_value(int type, const T& value) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
        return with(type, Bytes(bytes, bytes + sizeof value));
    }

    operator Bytes() const { return bytes_; } // NOLINT(google-explicit-constructor): it is one

  private:
    void append(const void* data, std::size_t size) {
        const std::size_t before = bytes_.size();
        bytes_.resize(before + NLMSG_ALIGN(size));
        if (size > 0)
            std::memcpy(bytes_.data() + before, data, size);
    }

    Bytes bytes_;
};

const Bytes host_10{192, 0, 2, 10};
const Bytes gateway{192, 0, 2, 254};
const Place eth0{2, "eth0"};
const Place peth0{2, "peth0"};
const Place holder{7, "eth0"};

Built an_address(const std::string& label = "eth0", std::uint32_t flags = IFA_F_PERMANENT) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = 24;
    header.ifa_index = 2;
    header.ifa_flags = static_cast<std::uint8_t>(flags);
    return Built(header)
        .with(IFA_ADDRESS, host_10)
        .with(IFA_LOCAL, host_10)
        .with(IFA_LABEL, label)
        .with_value(IFA_FLAGS, flags);
}

rtmsg route_header(int family = AF_INET, unsigned length = 0) {
    rtmsg header{};
    header.rtm_family = static_cast<unsigned char>(family);
    header.rtm_dst_len = static_cast<unsigned char>(length);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_type = RTN_UNICAST;
    return header;
}

Built a_default_route(int through = 2) {
    return Built(route_header()).with(RTA_GATEWAY, gateway).with_value(RTA_OIF, through);
}

Bytes a_leg(int index, unsigned flags = 0) {
    rtnexthop header{};
    header.rtnh_len = sizeof header;
    header.rtnh_ifindex = index;
    header.rtnh_flags = static_cast<unsigned char>(flags);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
    return {bytes, bytes + sizeof header};
}

Bytes both(Bytes one, const Bytes& other) {
    for (const std::uint8_t byte : other)
        one.push_back(byte);
    return one;
}

ifa_cacheinfo lifetimes_in(const Bytes& address) {
    ifa_cacheinfo found{};
    for (std::size_t at = sizeof(ifaddrmsg); at + sizeof(nlattr) <= address.size();) {
        nlattr header{};
        std::memcpy(&header, address.data() + at, sizeof header);
        if (header.nla_type == IFA_CACHEINFO)
            std::memcpy(&found, address.data() + at + sizeof header, sizeof found);
        at += NLA_ALIGN(header.nla_len);
    }
    return found;
}

// --- addresses ------------------------------------------------------------------------------------------------------

TEST(HostAddress, IsReadForItsOwnNetdevOnly) {
    const auto entry = read_host_address(an_address(), eth0);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->text, "192.0.2.10/24");
    EXPECT_FALSE(read_host_address(an_address(), {3, "eth0"}));
}

TEST(HostAddress, B10_a_label_follows_the_netdevs_name) {
    const auto label_on = [](const std::string& label, const Place& from, const Place& to) {
        const Bytes moved = address_for(an_address(label), from, to, 0, false);
        const std::string text(moved.begin(), moved.end());
        return text.find(label == "eth0:web" ? "peth0:web" : "peth0") != std::string::npos;
    };
    EXPECT_TRUE(label_on("eth0:web", eth0, peth0));
    EXPECT_TRUE(label_on("eth0", eth0, peth0));
    EXPECT_FALSE(label_on("other:web", eth0, peth0));
    EXPECT_EQ(read_host_address(an_address("eth0:web"), eth0), read_host_address(an_address("peth0:web"), peth0));
    EXPECT_FALSE(read_host_address(an_address("eth0:web"), eth0) == read_host_address(an_address("eth0"), eth0));
}

TEST(HostAddress, TheMomentIsNoPartOfWhatItIs) {
    const auto permanent = read_host_address(an_address("eth0", IFA_F_PERMANENT), eth0);
    EXPECT_EQ(permanent, read_host_address(an_address("eth0", IFA_F_SECONDARY | IFA_F_TENTATIVE), eth0));
    EXPECT_FALSE(permanent == read_host_address(an_address("eth0", IFA_F_NOPREFIXROUTE), eth0));
    const ifa_cacheinfo aged{.ifa_prefered = 5, .ifa_valid = 9, .cstamp = 1, .tstamp = 1};
    EXPECT_EQ(permanent, read_host_address(an_address().with_value(IFA_CACHEINFO, aged), eth0));
}

TEST(HostAddress, LifetimesGoOnAndNeverReachNought) {
    const auto after = [](std::uint32_t preferred, std::uint32_t valid, std::uint64_t elapsed) {
        const ifa_cacheinfo before{.ifa_prefered = preferred, .ifa_valid = valid, .cstamp = 0, .tstamp = 0};
        const ifa_cacheinfo now =
            lifetimes_in(address_for(an_address().with_value(IFA_CACHEINFO, before), eth0, holder, elapsed, false));
        return std::pair(now.ifa_prefered, now.ifa_valid);
    };
    constexpr std::uint32_t forever = 0xFFFFFFFF;
    EXPECT_EQ(after(300, 400, 100), std::pair(200u, 300u));
    EXPECT_EQ(after(forever, forever, 100), std::pair(forever, forever));
    EXPECT_EQ(after(0, 400, 100), std::pair(0u, 300u)) << "deprecated stays deprecated";
    EXPECT_EQ(after(300, 400, 1000), std::pair(1u, 1u));
    EXPECT_EQ(after(forever, 400, 100), std::pair(300u, 300u)) << "preferred no longer than valid";
}

TEST(HostAddress, AnOwnEndIsToldFromThePeer) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    const Bytes peer = Built(header).with(IFA_ADDRESS, Bytes{10, 9, 9, 2}).with(IFA_LOCAL, Bytes{10, 9, 9, 1});
    EXPECT_EQ(own_address_of(peer), (Bytes{10, 9, 9, 1}));
    EXPECT_EQ(own_address_of(Built(header).with(IFA_ADDRESS, host_10)), host_10) << "IPv6's without a peer";
    EXPECT_TRUE(own_address_of(Built(header)).empty());
}

// --- routes ---------------------------------------------------------------------------------------------------------

TEST(HostRoute, B12_leads_through_another_netdev_and_is_the_same_route) {
    const Bytes moved = route_for(a_default_route(2), 2, 7, 0);
    EXPECT_TRUE(leads_through(moved, 7));
    EXPECT_FALSE(leads_through(moved, 2));
    EXPECT_EQ(read_host_route(a_default_route(2), 2), read_host_route(moved, 7));
    EXPECT_FALSE(read_host_route(a_default_route(2), 2) == read_host_route(a_default_route(9), 2));
    EXPECT_TRUE(leads_through(route_for(a_default_route(9), 2, 7, 0), 9)) << "somebody else's leg stays";
}

TEST(HostRoute, OnlyTheLegsThroughTheNetdevAreMoved) {
    const Bytes legs = both(a_leg(2, RTNH_F_ONLINK | RTNH_F_LINKDOWN), a_leg(9, RTNH_F_DEAD));
    const Bytes moved = route_for(Built(route_header()).with(RTA_MULTIPATH, legs), 2, 7, 0);
    EXPECT_EQ(moved, Bytes(Built(route_header()).with(RTA_MULTIPATH, both(a_leg(7, RTNH_F_ONLINK), a_leg(9)))));
    EXPECT_TRUE(leads_through(moved, 7));
    EXPECT_TRUE(leads_through(moved, 9));
    EXPECT_FALSE(leads_through(moved, 2));
}

TEST(HostRoute, AnExpiryIsWrittenAsTheKernelReadsIt) {
    const auto with_expiry = [](int hundredths) {
        rta_cacheinfo cache{};
        cache.rta_expires = hundredths;
        return Built(route_header(AF_INET6)).with_value(RTA_CACHEINFO, cache).with_value(RTA_OIF, 2);
    };
    const auto seconds = [](std::uint32_t number) {
        return Bytes(Built(route_header(AF_INET6)).with_value(RTA_EXPIRES, number).with_value(RTA_OIF, 7));
    };
    EXPECT_EQ(route_for(with_expiry(4000), 2, 7, 0), seconds(40));
    EXPECT_EQ(route_for(with_expiry(4001), 2, 7, 30), seconds(11));
    EXPECT_EQ(route_for(with_expiry(4000), 2, 7, 90), seconds(1));
    EXPECT_EQ(route_for(with_expiry(0), 2, 7, 0), Bytes(Built(route_header(AF_INET6)).with_value(RTA_OIF, 7)));
    EXPECT_EQ(read_host_route(with_expiry(4000), 2), read_host_route(with_expiry(10), 2)) << "the moment";
}

TEST(HostRoute, B14_a_flag_that_somebody_set_stays_and_the_kernels_own_do_not) {
    rtmsg header = route_header();
    header.rtm_flags = RTNH_F_ONLINK | RTNH_F_LINKDOWN | RTNH_F_DEAD;
    const Bytes moved = route_for(Built(header).with_value(RTA_OIF, 2), 2, 7, 0);
    header.rtm_flags = RTNH_F_ONLINK;
    EXPECT_EQ(moved, Bytes(Built(header).with_value(RTA_OIF, 7)));
}

TEST(HostRoute, AnObjectSaysTheLegItself) {
    const Built route = a_default_route().with_value(RTA_NH_ID, std::uint32_t{7});
    EXPECT_EQ(route_for(route, 2, 7, 0), Bytes(Built(route_header()).with_value(RTA_NH_ID, std::uint32_t{7})));
    EXPECT_EQ(nexthop_id_of(route), 7u);
    EXPECT_FALSE(is_on_link(Built(route_header()).with_value(RTA_NH_ID, std::uint32_t{7})));
}

TEST(HostRoute, SpeaksAboutItself) {
    EXPECT_EQ(read_host_route(a_default_route().with_value(RTA_PRIORITY, 100u), 2).text,
              "default via 192.0.2.254 metric 100");
    EXPECT_EQ(read_host_route(Built(route_header(AF_INET6)), 2).text, "IPv6 default");
    EXPECT_EQ(read_host_route(
                  Built(route_header(AF_INET, 24)).with(RTA_DST, Bytes{10, 0, 0, 0}).with_value(RTA_TABLE, 77u), 2)
                  .text,
              "10.0.0.0/24 table 77");
}

TEST(HostRoute, TheKernelsOwnAreTold) {
    rtmsg header = route_header();
    header.rtm_protocol = RTPROT_KERNEL;
    EXPECT_TRUE(is_made_with_an_address(Built(header)));
    EXPECT_FALSE(is_kernels_own(Built(header)));
    header.rtm_table = RT_TABLE_LOCAL;
    EXPECT_TRUE(is_kernels_own(Built(header)));
    EXPECT_FALSE(is_made_with_an_address(Built(header)));
    header = route_header();
    header.rtm_flags = RTM_F_CLONED;
    EXPECT_TRUE(is_kernels_own(Built(header)));
    EXPECT_FALSE(is_made_with_an_address(Built(route_header())));
}

TEST(HostRoute, ComesWithAnAddressInItsNetwork) {
    const auto comes_with = [](unsigned length, const Bytes& network, const Bytes& address) {
        rtmsg header = route_header(AF_INET, length);
        header.rtm_protocol = RTPROT_KERNEL;
        ifaddrmsg of_address{};
        of_address.ifa_family = AF_INET;
        return is_made_with(Built(header).with(RTA_DST, network), Built(of_address).with(IFA_ADDRESS, address));
    };
    EXPECT_TRUE(comes_with(24, {192, 0, 2, 0}, host_10));
    EXPECT_FALSE(comes_with(24, {192, 0, 3, 0}, host_10));
    EXPECT_TRUE(comes_with(28, {192, 0, 2, 0}, host_10));
    EXPECT_FALSE(comes_with(29, {192, 0, 2, 0}, host_10));
    EXPECT_TRUE(comes_with(32, host_10, host_10));
    EXPECT_FALSE(comes_with(200, host_10, host_10));
    EXPECT_FALSE(comes_with(24, {192, 0, 2}, host_10));
    EXPECT_FALSE(is_made_with(Built(route_header()).with(RTA_DST, host_10), an_address())) << "somebody's own";
}

TEST(HostRoute, GatewaysAreThoseOnTheNetdev) {
    EXPECT_EQ(gateways_of(a_default_route(2), 2).size(), 1u);
    EXPECT_EQ(gateways_of(a_default_route(2), 2)[0].text, "192.0.2.254");
    EXPECT_TRUE(gateways_of(a_default_route(2), 9).empty());
    Bytes via{AF_INET6, 0};
    via.resize(2 + 16, 0xfe);
    const auto through_v6 = gateways_of(Built(route_header()).with(RTA_VIA, via).with_value(RTA_OIF, 2), 2);
    ASSERT_EQ(through_v6.size(), 1u);
    EXPECT_TRUE(through_v6[0].ipv6);
}

TEST(HostRoute, B19_a_default_route_of_the_main_table_has_a_metric) {
    const auto route = read_default_route(a_default_route(4).with_value(RTA_PRIORITY, 20u));
    ASSERT_TRUE(route);
    EXPECT_EQ(route->netdev, 4);
    EXPECT_EQ(route->metric, 20u);
    EXPECT_FALSE(read_default_route(a_default_route().with_value(RTA_TABLE, 77u)));
    EXPECT_FALSE(read_default_route(Built(route_header(AF_INET, 8)).with_value(RTA_OIF, 2)));
    EXPECT_EQ(read_default_route(Built(route_header()).with(RTA_MULTIPATH, both(a_leg(5), a_leg(6))))->netdev, 5);
}

// --- the others -----------------------------------------------------------------------------------------------------

TEST(HostNeighbour, OnlySomebodysOwnIsCarried) {
    ndmsg header{};
    header.ndm_family = AF_INET;
    header.ndm_ifindex = 2;
    header.ndm_state = NUD_REACHABLE;
    EXPECT_FALSE(read_host_neighbour(Built(header).with(NDA_DST, gateway), eth0));
    header.ndm_state = NUD_PERMANENT;
    EXPECT_EQ(read_host_neighbour(Built(header).with(NDA_DST, gateway), eth0)->text, "neighbour 192.0.2.254");
    EXPECT_FALSE(read_host_neighbour(Built(header).with(NDA_DST, gateway), holder));
    header.ndm_state = 0;
    header.ndm_flags = NTF_PROXY;
    EXPECT_TRUE(read_host_neighbour(Built(header).with(NDA_DST, gateway), eth0));
}

TEST(HostRule, NamesTheNetdevAndGoesWithIt) {
    fib_rule_hdr header{};
    header.family = AF_INET;
    const Built rule = Built(header).with(FRA_IIFNAME, "eth0").with_value(FRA_PRIORITY, 1000u);
    EXPECT_EQ(read_host_rule(rule, eth0)->text, "rule 1000");
    EXPECT_FALSE(read_host_rule(rule, peth0));
    EXPECT_EQ(rule_for(rule, eth0, {7, "xenbr0"}),
              Bytes(Built(header).with(FRA_IIFNAME, "xenbr0").with_value(FRA_PRIORITY, 1000u)));
    EXPECT_EQ(read_host_rule(rule, eth0), read_host_rule(rule_for(rule, eth0, {7, "xenbr0"}), {7, "xenbr0"}));
}

TEST(HostNexthop, ItsNetdevIsMovedAndCountersAreLeftOut) {
    const Bytes object = Built(nhmsg{}).with_value(NHA_ID, 7u).with_value(NHA_OIF, 2).with(60, Bytes{1, 2, 3, 4});
    EXPECT_EQ(nexthop_for(object, 2, 9), Bytes(Built(nhmsg{}).with_value(NHA_ID, 7u).with_value(NHA_OIF, 9)));
    const Nexthop read = read_nexthop(object);
    EXPECT_EQ(read.id, 7u);
    EXPECT_EQ(read.netdev, 2);
    EXPECT_TRUE(read.can_be_made_anew);
    EXPECT_FALSE(read_nexthop(Built(nhmsg{}).with(NHA_RES_GROUP, Bytes{})).can_be_made_anew);
}

TEST(HostMessages, WhatIsTooShortIsRefused) {
    const Bytes stub{AF_INET};
    EXPECT_THROW((void)read_host_address(stub, eth0), Error);
    EXPECT_THROW((void)read_host_route(stub, 2), Error);
    EXPECT_THROW((void)read_host_neighbour(stub, eth0), Error);
    EXPECT_THROW((void)read_host_rule(stub, eth0), Error);
    EXPECT_THROW((void)read_nexthop(stub), Error);
}

TEST(HostMessages, AnAttributeThatIsCutShortEndsTheList) {
    Bytes route = a_default_route();
    route.resize(route.size() - 2);
    EXPECT_FALSE(leads_through(route, 2));
    EXPECT_EQ(read_host_route(route, 2).text, "default via 192.0.2.254");
}

} // namespace
} // namespace vifplug
