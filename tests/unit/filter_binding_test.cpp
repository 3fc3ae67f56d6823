// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/filter_binding.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Kind = FilterBinding::Kind;

FilterBinding rule(std::uint64_t handle, const std::string& text) {
    return {.kind = Kind::rule, .family = "inet", .table = "filter", .name = "input", .handle = handle, .text = text};
}

FilterBinding object(Kind kind, const std::string& name) {
    return {.kind = kind, .family = "inet", .table = "filter", .name = name, .handle = 0, .text = ""};
}

TEST(FilterBinding, ARuleIsRefusedWithItsPlaceAndTheRemedy) {
    EXPECT_EQ(
        refusal_for({rule(4, "iif \"eth0\" tcp dport 22 accept")}, "eth0", "peth0"),
        "netdev='eth0': rule 'iif \"eth0\" tcp dport 22 accept' (handle 4) in chain input of table inet filter is "
        "bound to the interface by number and would follow it to peth0; write iifname and oifname instead of iif "
        "and oif, or say firewall=ignore");
}

TEST(FilterBinding, ARuleWithoutTextIsItsHandle) {
    EXPECT_NE(refusal_for({rule(4, "")}, "eth0", "peth0").find(": the rule with handle 4 in chain input of table"),
              std::string::npos);
}

TEST(FilterBinding, EachKindHasItsRemedy) {
    EXPECT_EQ(
        refusal_for({object(Kind::set, "outside"), object(Kind::flowtable, "fast")}, "eth0", "peth0"),
        "netdev='eth0': set outside of table inet filter and flowtable fast of table inet filter are bound to the "
        "interface by number and would follow it to peth0; make sets and maps of type ifname instead of "
        "iface_index, take the netdev out of chains and flowtables, or say firewall=ignore");
    for (const Kind kind : {Kind::set, Kind::map, Kind::chain, Kind::flowtable})
        EXPECT_EQ(refusal_for({object(kind, "x")}, "eth0", "peth0").find("iifname"), std::string::npos);
    EXPECT_NE(refusal_for({object(Kind::map, "x")}, "eth0", "peth0").find(": map x of"), std::string::npos);
    EXPECT_NE(refusal_for({object(Kind::chain, "x")}, "eth0", "peth0").find(": chain x of"), std::string::npos);
}

TEST(FilterBinding, NamesThreeAndCountsTheOthers) {
    const auto named = [](std::size_t number) {
        const std::vector<FilterBinding> bindings(number, object(Kind::set, "s"));
        const std::string sentence = refusal_for(bindings, "eth0", "peth0");
        return sentence.substr(0, sentence.find(" bound"));
    };
    const std::string set = "set s of table inet filter";
    EXPECT_EQ(named(1), "netdev='eth0': " + set + " is");
    EXPECT_EQ(named(3), "netdev='eth0': " + set + ", " + set + " and " + set + " are");
    EXPECT_EQ(named(4), "netdev='eth0': " + set + ", " + set + ", " + set + " and 1 more are");
}

TEST(FilterBinding, WhatOthersWroteStaysOnOneLine) {
    FilterBinding hostile = rule(4, "iif \"eth0\" comment \"a\nb\x1b[2J" + std::string(300, 'x') + "\"");
    hostile.table = "a\nb";
    const std::string sentence = refusal_for({hostile}, "eth\n0", "peth\n0");
    for (const char c : sentence)
        EXPECT_GE(c, ' ');
    EXPECT_LT(sentence.size(), 500u);
}

} // namespace
} // namespace vifplug
