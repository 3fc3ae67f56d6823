// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/bridge_choice.hpp"

#include "a_link.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_bridge;
using test::a_vif;
using Meaning = BridgeFallback::Meaning;

std::optional<BridgeFallback> fallback(const char* wanted, const std::optional<Link>& found = std::nullopt) {
    return bridge_fallback(IfName::parse("bridge", wanted), found);
}

TEST(BridgeChoice, V18_xenbrN_that_is_not_there_may_be_ethN) {
    ASSERT_TRUE(fallback("xenbr0"));
    EXPECT_EQ(fallback("xenbr0")->name, "eth0");
    EXPECT_EQ(fallback("xenbr0")->meaning, Meaning::the_bridge);
}

TEST(BridgeChoice, V20_xenbrN_that_is_there_is_meant) {
    EXPECT_FALSE(fallback("xenbr0", a_bridge(2, "xenbr0")));
    EXPECT_FALSE(fallback("xenbr0", a_vif(2, "xenbr0")));
}

TEST(BridgeChoice, V21_the_rule_is_about_the_text_behind_xenbr) {
    EXPECT_EQ(fallback("xenbr")->name, "eth");
    EXPECT_EQ(fallback("xenbr-x")->name, "eth-x");
    EXPECT_FALSE(fallback("br0"));
}

TEST(BridgeChoice, EthNThatIsNoBridgeMeansTheOneThatPethNIsAPortOf) {
    for (const std::optional<Link>& found : {std::optional<Link>(), std::optional<Link>(a_vif(2, "eth0"))}) {
        ASSERT_TRUE(fallback("eth0", found));
        EXPECT_EQ(fallback("eth0", found)->name, "peth0");
        EXPECT_EQ(fallback("eth0", found)->meaning, Meaning::a_port_of_it);
    }
    EXPECT_FALSE(fallback("eth0", a_bridge(2, "eth0")));
    EXPECT_FALSE(fallback("ethernet"));
    EXPECT_FALSE(fallback("eth"));
}

TEST(BridgeChoice, V15_V16_V17_no_name_means_the_first_by_name_whatever_its_ports) {
    EXPECT_EQ(first_bridge({}), nullptr);
    EXPECT_EQ(first_bridge({a_vif(1, "abr")}), nullptr);
    const std::vector<Link> links{a_bridge(2, "xenbr0"), a_vif(3, "aaa"), a_bridge(9, "abr")};
    EXPECT_EQ(first_bridge(links)->name, "abr");
}

} // namespace
} // namespace vifplug
