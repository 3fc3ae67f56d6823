// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/mtu.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

TEST(Mtu, IsANumberInRange) {
    EXPECT_EQ(parse_mtu("68"), Mtu(68));
    EXPECT_EQ(parse_mtu("1500"), Mtu(1500));
    EXPECT_EQ(parse_mtu("65535"), Mtu(65535));
}

TEST(Mtu, EmptyAndZeroAskForTheBridges) {
    EXPECT_FALSE(parse_mtu(""));
    EXPECT_FALSE(parse_mtu("0"));
}

TEST(Mtu, RefusesTheRestByNameValueAndRule) {
    for (const char* bad : {"67", "65536", "65000000", "-1", "abc", "1500 ", "0x5dc", "1e3"})
        EXPECT_EQ(test::refusal([&] { return parse_mtu(bad); }),
                  "mtu='" + std::string(bad) + "': a number from 68 to 65535, or 0 for the bridge's");
    EXPECT_THROW(Mtu(67), BadInput);
}

} // namespace
} // namespace vifplug
