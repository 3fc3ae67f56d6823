// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/xenstore_way.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

TEST(XenstoreWay, TheInitialDomainDoesNotUseTheDevice) {
    EXPECT_FALSE(may_use_device({.capabilities = "control_d\n", .features = "00000b6b\n", .store_owner = ""}));
    EXPECT_FALSE(may_use_device({.capabilities = "control_d\n", .features = "", .store_owner = "412\n"}));
}

TEST(XenstoreWay, ItIsKnownByItsFeaturesWhereXenfsIsNotMounted) {
    EXPECT_FALSE(may_use_device({.capabilities = "", .features = "00000b6b\n", .store_owner = ""}));
    EXPECT_FALSE(may_use_device({.capabilities = "", .features = "0000000000000800\n", .store_owner = ""}));
    EXPECT_TRUE(may_use_device({.capabilities = "", .features = "0000080000000705\n", .store_owner = ""}));
}

TEST(XenstoreWay, ADriverDomainHasNoOther) {
    EXPECT_TRUE(may_use_device({.capabilities = "", .features = "00000705\n", .store_owner = ""}));
    EXPECT_TRUE(may_use_device({.capabilities = "\n", .features = "", .store_owner = ""}));
}

TEST(XenstoreWay, ADomainThatDoesNotSayWhatItIsMayUseIt) {
    EXPECT_TRUE(may_use_device({}));
    EXPECT_TRUE(may_use_device({.capabilities = "", .features = "\n", .store_owner = ""}));
}

TEST(XenstoreWay, WhereXenstoredHasADomainOfItsOwnTheInitialOneUsesIt) {
    EXPECT_TRUE(may_use_device({.capabilities = "control_d\n", .features = "00000b6b\n", .store_owner = "domid:1\n"}));
}

} // namespace
} // namespace vifplug
