// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ip_network.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

TEST(IpNetwork, ReadsAddressesAndNetworks) {
    EXPECT_EQ(IpNetwork::parse("192.0.2.1").str(), "192.0.2.1/32");
    EXPECT_EQ(IpNetwork::parse("192.0.2.0/24").str(), "192.0.2.0/24");
    EXPECT_EQ(IpNetwork::parse("0.0.0.0/0").str(), "0.0.0.0/0");
    EXPECT_EQ(IpNetwork::parse("2001:db8::1").str(), "2001:db8::1/128");
    EXPECT_EQ(IpNetwork::parse("2001:DB8::/64").str(), "2001:db8::/64");
    EXPECT_EQ(IpNetwork::parse("192.0.2.1").family(), IpFamily::v4);
    EXPECT_EQ(IpNetwork::parse("::1").family(), IpFamily::v6);
    EXPECT_EQ(IpNetwork::parse("192.0.2.1").bytes()[3], 1);
}

TEST(IpNetwork, RefusesWhatIsNoAddress) {
    for (const std::string& bad :
         {std::string(""), std::string("/24"), std::string("192.0.2"), std::string("192.0.2.256"),
          std::string("192.0.2.1/"), std::string("192.0.2.1/33"), std::string("192.0.2.1/-1"),
          std::string("192.0.2.1/24/8"), std::string("::1/129"), std::string("example.org"), std::string("*"),
          std::string("-j"), std::string("192.0.2.1\0x", 11)})
        EXPECT_NE(test::refusal([&] { return IpNetwork::parse(bad); }).find("an IPv4 or IPv6 address"),
                  std::string::npos)
            << bad;
}

} // namespace
} // namespace vifplug
