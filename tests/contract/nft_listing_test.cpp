// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nft_listing.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Kind = FilterBinding::Kind;

/// How many things in a listing of this one object name eth0.
std::size_t named(const std::string& object) {
    return numbered_netdevs(R"({"nftables": [)" + object + "]}", "eth0").size();
}

std::string rule_of(const std::string& expression) {
    return R"({"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 9, "expr": [)" + expression +
           "]}}";
}

std::string match(const std::string& op, const std::string& left, const std::string& right) {
    return rule_of(R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}}");
}

const std::string iif = R"({"meta": {"key": "iif"}})";

TEST(NftListing, SaysWhichRuleItIs) {
    const auto found = numbered_netdevs(R"({"nftables": [)" + match("==", iif, R"("eth0")") + "]}", "eth0");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0],
              (FilterBinding{
                  .kind = Kind::rule, .family = "inet", .table = "filter", .name = "input", .handle = 9, .text = ""}));
}

TEST(NftListing, ANumberThatIsNobodysIsNoName) {
    EXPECT_EQ(named(match("==", iif, "7")), 0u);
    EXPECT_EQ(named(match("==", iif, R"("7")")), 0u);
    EXPECT_EQ(named(match("==", iif, R"({"set": [7, "lo"]})")), 0u);
}

TEST(NftListing, WhatOneCannotTellCountsAsNaming) {
    EXPECT_EQ(named(match("==", iif, R"({"range": [1, 7]})")), 1u);
    EXPECT_EQ(named(match("<", iif, R"("lo")")), 1u);
    EXPECT_EQ(named(match("==", R"({"&": [{"meta": {"key": "iif"}}, 1]})", "1")), 1u);
    EXPECT_EQ(named(match("==", R"({"concat": [{"|": [{"meta": {"key": "oif"}}, 1]}, {"meta": {"key": "mark"}}]})",
                          R"({"concat": ["lo", 1]})")),
              1u);
}

TEST(NftListing, ReadsTypesOfNewerNftables) {
    EXPECT_EQ(named(R"({"set": {"name": "s", "type": {"typeof": {"meta": {"key": "iif"}}}, "elem": ["eth0"]}})"), 1u);
    EXPECT_EQ(named(R"({"set": {"name": "s", "type": {"typeof": {"concat": [{"meta": {"key": "iifname"}},
                        {"meta": {"key": "oif"}}]}}, "elem": [{"concat": ["eth0", "lo"]}]}})"),
              0u);
}

TEST(NftListing, RefusesWhatIsNoListing) {
    const std::string nest = std::string(100'000, '[') + std::string(100'000, ']');
    const std::string deep = rule_of(nest);
    const std::string deep_left = match("==", nest, R"("eth0")");
    for (const std::string& text :
         {std::string(), std::string("{}"), std::string("[]"), std::string("null"), std::string(R"({"nftables": 1})"),
          std::string(R"({"nftables": [)"), std::string("\xff"), R"({"nftables": [)" + deep + "]}",
          R"({"nftables": [)" + deep_left + "]}"})
        EXPECT_THROW((void)numbered_netdevs(text, "eth0"), Error) << text.substr(0, 40);
}

const std::string whole =
    R"({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "filter", "handle": 1}},
{"set": {"family": "inet", "name": "s", "table": "filter", "type": ["iface_index", "mark"], "handle": 4,
 "elem": [{"elem": {"val": {"concat": ["eth0", 22]}, "timeout": 3600, "comment": "x"}}]}},
{"map": {"family": "inet", "name": "m", "table": "filter", "type": "mark", "map": "iface_index", "elem": [[1, "eth0"]]}},
{"rule": {"family": "inet", "table": "filter", "chain": "c", "handle": 9, "expr": [{"match": {"op": "==",
 "left": {"concat": [{"meta": {"key": "iif"}}, {"fib": {"result": "oif", "flags": ["saddr"]}}]},
 "right": {"set": [{"concat": ["eth0", "lo"]}]}}}]}},
{"rule": {"family": "inet", "table": "filter", "chain": "c", "handle": 10, "expr": [{"vmap": {"key": {"meta":
 {"key": "oif"}}, "data": {"set": [["eth0", {"drop": null}]]}}}]}},
{"rule": {"family": "netdev", "table": "n", "chain": "d", "handle": 3, "expr": [{"fwd": {"dev": {"map": {"key":
 {"payload": {"protocol": "ip", "field": "saddr"}}, "data": {"set": [["192.0.2.1", "eth0"]]}}}}}]}}]})";

/// Either an answer or Error; a crash, another exception or a sanitizer's report ends the test.
void ask(const std::string& text) {
    try {
        (void)numbered_netdevs(text, "eth0");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), std::errc::bad_message);
    }
}

TEST(NftListing, NoDamageMakesItFailOtherwise) {
    ASSERT_EQ(numbered_netdevs(whole, "eth0").size(), 5u);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        ask(whole.substr(0, at));
        for (const char c : {'"', '{', '}', '[', ']', ',', '1', '\0', '\xff'}) {
            std::string damaged = whole;
            damaged[at] = c;
            ask(damaged);
        }
    }
}

TEST(NftListing, NoValueOfAnotherTypeMakesItFailOtherwise) {
    // Every word that is a value or a key, replaced by each type that JSON has.
    for (std::size_t from = whole.find('"'); from != std::string::npos; from = whole.find('"', from)) {
        const std::size_t end = whole.find('"', from + 1) + 1;
        for (const char* other : {"null", "true", "-1", "1e300", "[]", "{}", R"([["eth0"]])", R"({"set": {}})"})
            ask(whole.substr(0, from) + other + whole.substr(end));
        from = end;
    }
}

TEST(NftListing, FindsTheTextOfARule) {
    const std::string listing = "table inet other { # handle 1\n"
                                "\tchain input { # handle 1\n"
                                "\t\tiif \"eth1\" drop # handle 4\n"
                                "\t}\n"
                                "}\n"
                                "table inet filter { # handle 2\n"
                                "\tset s { # handle 9\n"
                                "\t\telements = { 1,\n"
                                "\t\t\t     2 }\n"
                                "\t}\n"
                                "\n"
                                "\tchain input { # handle 1\n"
                                "\t\tcomment \"ours\"\n"
                                "\t\ttype filter hook input priority filter; policy drop;\n"
                                "\t\tiif \"eth0\" accept # handle 4\n"
                                "\t\toif vmap { \"eth0\" : drop,\n"
                                "\t\t\t   \"lo\" : accept } # handle 14\n"
                                "\t}\n"
                                "}\n";
    const auto text = [&](const std::string& table, std::uint64_t handle) {
        return rule_text(
            listing,
            {.kind = Kind::rule, .family = "inet", .table = table, .name = "input", .handle = handle, .text = ""});
    };
    EXPECT_EQ(text("filter", 4), "iif \"eth0\" accept");
    EXPECT_EQ(text("filter", 14), "oif vmap { \"eth0\" : drop, \"lo\" : accept }");
    EXPECT_EQ(text("other", 4), "iif \"eth1\" drop");
    EXPECT_EQ(text("other", 14), "");
    EXPECT_EQ(text("nosuch", 4), "");
    EXPECT_EQ(rule_text("", {}), "");
}

} // namespace
} // namespace vifplug
