// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/multicast_addresses.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Found = std::map<int, std::vector<Mac>>;

TEST(MulticastAddresses, OnlyThoseThatSomebodySetByHandAreRead) {
    const Mac set{{0x33, 0x33, 0, 0, 0x77, 0x77}};
    const Mac other{{0x01, 0, 0x5e, 0, 0, 9}};
    EXPECT_EQ(parse_multicast_addresses("2    eth0            1     0     333300000001\n"
                                        "2    eth0            1     1     333300007777\n"
                                        "2    eth0            3     2     01005e000009\n"
                                        "7    br-lan          1     1     333300007777\n"),
              (Found{{2, {set, other}}, {7, {set}}}));
}

TEST(MulticastAddresses, LinesThatAreNoneAreLeftOut) {
    for (const char* text : {"", "\n\n", "2 eth0 1 1\n", "2 eth0 1 1 3333000077\n", "2 eth0 1 1 33330000777x\n",
                             "x eth0 1 1 333300007777\n", "2 eth0 1 1 333300007777 more\n",
                             "2 infiniband 1 1 00ffffffff12401bffff000000000000ffffffff\n"})
        EXPECT_EQ(parse_multicast_addresses(text), Found()) << text;
    EXPECT_EQ(parse_multicast_addresses("2 eth0 1 1 333300007777").size(), 1u) << "without a line end";
}

} // namespace
} // namespace vifplug
