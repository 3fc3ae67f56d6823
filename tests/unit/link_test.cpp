// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/link.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace vifplug {
namespace {

TEST(IfIndex, CannotHoldANumberThatNoNetdevHas) {
    EXPECT_EQ(IfIndex(1).number(), 1);
    EXPECT_THROW(IfIndex(0), std::invalid_argument);
    EXPECT_THROW(IfIndex(-1), std::invalid_argument);
}

TEST(Mac, IsWrittenInLowerCaseWithColons) {
    EXPECT_EQ(port_mac.str(), "fe:ff:ff:ff:ff:ff");
    EXPECT_EQ((Mac{{0x00, 0x16, 0x3e, 0x0a, 0xb0, 0x01}}.str()), "00:16:3e:0a:b0:01");
}

} // namespace
} // namespace vifplug
