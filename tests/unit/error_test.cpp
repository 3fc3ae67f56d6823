// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

TEST(BadInput, NamesTheThingTheValueAndTheRule) {
    EXPECT_STREQ(BadInput("mtu", "12", "a number from 68").what(), "mtu='12': a number from 68");
    EXPECT_STREQ(BadInput("bridge", "a\nb", "no").what(), "bridge='a\\x0ab': no");
}

TEST(Error, SaysWhatWasTriedAndWhatTheSystemAnswered) {
    const Error error("add vif1.0 to bridge xenbr0", system_code(EBUSY), "Device is a port already");
    EXPECT_STREQ(error.what(), "add vif1.0 to bridge xenbr0: Device or resource busy (Device is a port already)");
    EXPECT_EQ(error.code(), std::errc::device_or_resource_busy);
}

TEST(Error, KnowsWhenTheObjectIsGone) {
    EXPECT_TRUE(is_gone(Error("x", system_code(ENODEV))));
    EXPECT_TRUE(is_gone(Error("x", system_code(ENXIO))));
    EXPECT_FALSE(is_gone(Error("x", system_code(ENOENT))));
    EXPECT_FALSE(is_gone(Error("x", system_code(EPERM))));
}

} // namespace
} // namespace vifplug
