// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/if_name.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using namespace std::string_literals;

std::string refused(const std::string& text) {
    return test::refusal([&] { return IfName::parse("bridge", text); });
}

TEST(IfName, TakesWhatTheKernelTakes) {
    for (const std::string& good : {"a"s, "xenbr0"s, "vif7.0-emu"s, "-x"s, "dev"s, "fifteen-bytes-x"s, "$(id)"s, "a;b"s,
                                    "a'b"s, "*"s, "..."s, "br\xc3\xbc"s})
        EXPECT_EQ(refused(good), "accepted") << good;
}

TEST(IfName, RefusesTheWrongLength) {
    EXPECT_EQ(refused(""), "bridge='': an interface name has 1 to 15 bytes");
    EXPECT_EQ(refused("sixteen-bytes-xx"), "bridge='sixteen-bytes-xx': an interface name has 1 to 15 bytes");
    EXPECT_EQ(refused(std::string(200, 'a')),
              "bridge='" + std::string(64, 'a') + "...' (200 bytes): an interface name has 1 to 15 bytes");
}

TEST(IfName, RefusesTheTwoDirectories) {
    for (const char* dots : {".", ".."})
        EXPECT_EQ(refused(dots), "bridge='"s + dots + "': an interface name is neither '.' nor '..'");
}

TEST(IfName, RefusesCharactersThatTheKernelOrAReaderCannotBear) {
    for (const std::string& bad : {"a b"s, "a\tb"s, "a\nb"s, "a/b"s, "a:b"s, "web%d"s, "a\0b"s, "\x1b"s, "\x7f"s})
        EXPECT_NE(refused(bad).find("an interface name has no white space"), std::string::npos) << refused(bad);
    EXPECT_EQ(refused("xen\xff"), "bridge='xen\\xff': an interface name is UTF-8 text");
}

} // namespace
} // namespace vifplug
