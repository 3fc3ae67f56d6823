// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is said of the packet filter, and what a rename then does to it on the kernel.
#include "system/filter_bindings.hpp"

#include "core/error.hpp"
#include "support/command.hpp"
#include "system/netlink_links.hpp"
#include "system/nf_hooks.hpp"
#include "system/nf_numbers.hpp"
#include "system/nf_tables.hpp"
#include "system/nft_listing.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <ostream>

namespace vifplug {
namespace {

using Kind = FilterBinding::Kind;
using test::must;
using test::split;

class FilterBindings : public testing::Test {
  protected:
    void SetUp() override {
        must(split("ip link add name eth0 type veth peer name far0"));
        must(split("ip link add name eth1 type veth peer name far1"));
        if (test::run({"nft", "list ruleset"}).status != 0)
            GTEST_SKIP() << "skipped: this kernel has no nf_tables";
    }
    void TearDown() override {
        (void)test::run({"nft", "flush ruleset"});
        for (const char* name : {"eth0", "peth0", "eth1"})
            (void)test::run({"ip", "link", "delete", name});
    }

    static Netdev netdev(const std::string& name) { return netdev_of(NetlinkLinks().find(name).value()); }
    static std::vector<FilterBinding> bindings() { return filter_bindings(netdev("eth0")); }

    /// False, and the test skipped, when the kernel has not what the rules ask for.
    static bool load(const std::string& ruleset) {
        std::ofstream("/run/ruleset.nft") << ruleset;
        return test::run(split("nft -f /run/ruleset.nft")).status == 0;
    }
    static bool load_rule(const std::string& rule) {
        // A set of numbers alone has the whole ruleset looked at: only where the rule wants it.
        const bool wants_set = rule.find("@numbers") != std::string::npos;
        return load("flush ruleset\n"
                    "table inet filter {\n" +
                    std::string(wants_set ? "  set numbers { type iface_index; }\n" : "") +
                    "  chain mine { type filter hook forward priority 0; }\n"
                    "}\n"
                    "add rule inet filter mine " +
                    rule + "\n");
    }
};

TEST_F(FilterBindings, AnEmptyFilterHasNone) {
    EXPECT_EQ(bindings(), std::vector<FilterBinding>());
}

TEST_F(FilterBindings, ARuleIsGivenWithItsPlaceAndInNftsWords) {
    ASSERT_TRUE(load("table inet filter {\n  chain input {\n    type filter hook input priority 0;\n"
                     "    iif lo accept\n    iif eth0 tcp dport 22 counter accept comment \"for us\"\n  }\n}\n"));
    const auto found = bindings();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0], (FilterBinding{.kind = Kind::rule,
                                       .family = "inet",
                                       .table = "filter",
                                       .name = "input",
                                       .handle = found[0].handle,
                                       .text = "iif \"eth0\" tcp dport 22 counter accept comment \"for us\""}));
    EXPECT_NE(must(split("nft -a list ruleset")).find("# handle " + std::to_string(found[0].handle) + "\n"),
              std::string::npos);
}

/// A rule, and whether it knows eth0 by its number. A rename then shows whether that was right: nft writes a number as
/// the name of whoever has it.
struct RuleCase {
    const char* rule;
    bool bound;

    friend std::ostream& operator<<(std::ostream& out, const RuleCase& c) { return out << c.rule; }
};

class FilterBindingsOfRules : public FilterBindings, public testing::WithParamInterface<RuleCase> {};

TEST_P(FilterBindingsOfRules, AreWhatFollowsARename) {
    const auto& [rule, bound] = GetParam();
    if (!load_rule(rule))
        GTEST_SKIP() << "skipped: this kernel has not what this rule asks for: " << rule;
    const auto found = bindings();
    EXPECT_EQ(found.size(), bound ? 1u : 0u) << rule;
    for (const FilterBinding& binding : found)
        EXPECT_NE(binding.text, "") << rule;
    must(split("ip link set dev eth0 name peth0"));
    const bool follows = must(split("nft list ruleset")).find("peth0") != std::string::npos;
    EXPECT_EQ(follows, bound) << rule;
}

INSTANTIATE_TEST_SUITE_P(
    EveryForm, FilterBindingsOfRules,
    testing::Values(RuleCase{"iif eth0 accept", true}, RuleCase{"oif eth0 accept", true},
                    RuleCase{"iif != eth0 drop", true}, RuleCase{"meta sdif eth0 drop", true},
                    RuleCase{"iif { lo, eth0 } accept", true}, RuleCase{"iif != { lo, eth0 } drop", true},
                    RuleCase{"iif \"lo\"-\"eth0\" accept", true}, RuleCase{"iif > eth0 accept", true},
                    RuleCase{"iif & eth0 == lo accept", true}, RuleCase{"iif { \"lo\"-\"eth0\" } accept", true},
                    RuleCase{"iif . tcp dport { eth0 . 22, lo . 23 } accept", true},
                    RuleCase{"tcp dport . oif { 22 . eth0 } accept", true},
                    RuleCase{"iifname . oif { eth1 . eth0 } accept", true},
                    RuleCase{"iif vmap { lo : accept, eth0 : drop }", true},
                    RuleCase{"iif . tcp dport vmap { eth0 . 22 : drop }", true},
                    RuleCase{"meta mark set iif map { eth0 : 1, eth1 : 2 }", true},
                    RuleCase{"ct mark set oif map { eth0 : 1, eth1 : 2 }", true},
                    RuleCase{"fib saddr oif eth0 accept", true}, RuleCase{"tcp dport 22 iif lo oif eth0 accept", true},
                    // by name, or another one's number
                    RuleCase{"iifname eth0 accept", false}, RuleCase{"oifname { eth0, eth1 } accept", false},
                    RuleCase{"iifname vmap { eth0 : drop }", false}, RuleCase{"iif lo accept", false},
                    RuleCase{"iif != lo oif eth1 accept", false}, RuleCase{"iif { lo, eth1 } accept", false},
                    RuleCase{"iif . oif { lo . eth1 } accept", false}, RuleCase{"iif 4000 accept", false},
                    RuleCase{"iifname . iif { eth0 . eth1 } accept", false},
                    RuleCase{"iif vmap { lo : accept, eth1 : drop }", false},
                    RuleCase{"fib saddr . iif oif missing drop", false}, RuleCase{"fib saddr oif lo drop", false},
                    RuleCase{"iif @numbers accept", false}, RuleCase{"update @numbers { iif }", false},
                    RuleCase{"tcp dport 22 log prefix \"eth0\" accept", false},
                    RuleCase{"tcp dport 22 accept comment \"iif eth0\"", false}));

struct ObjectCase {
    const char* ruleset;
    Kind kind;
    const char* name; ///< empty: not bound

    friend std::ostream& operator<<(std::ostream& out, const ObjectCase& c) { return out << c.ruleset; }
};

class FilterBindingsOfObjects : public FilterBindings, public testing::WithParamInterface<ObjectCase> {};

TEST_P(FilterBindingsOfObjects, AreWhatFollowsARename) {
    const auto& [ruleset, kind, name] = GetParam();
    if (!load(ruleset))
        GTEST_SKIP() << "skipped: this kernel has not what this asks for: " << ruleset;
    const bool bound = *name != '\0';
    const auto found = bindings();
    ASSERT_EQ(found.size(), bound ? 1u : 0u) << ruleset;
    if (bound) {
        EXPECT_EQ(found[0].kind, kind) << ruleset;
        EXPECT_EQ(found[0].table, "t") << ruleset;
        EXPECT_EQ(found[0].name, name) << ruleset;
    }
    must(split("ip link set dev eth0 name peth0"));
    EXPECT_EQ(must(split("nft list ruleset")).find("peth0") != std::string::npos, bound) << ruleset;
}

INSTANTIATE_TEST_SUITE_P(
    EveryForm, FilterBindingsOfObjects,
    testing::Values(
        ObjectCase{"table inet t { set s { type iface_index; elements = { lo, eth0 }; }; }", Kind::set, "s"},
        ObjectCase{"table inet t { set s { type iface_index; elements = { lo, eth1 }; }; }", Kind::set, ""},
        ObjectCase{"table inet t { set s { type ifname; elements = { lo, eth0 }; }; }", Kind::set, ""},
        ObjectCase{"table inet t { set s { typeof meta oif . tcp dport; elements = { eth0 . 22 }; }; }", Kind::set,
                   "s"},
        ObjectCase{"table inet t { set s { type inet_service . iface_index; flags timeout; elements = "
                   "{ 22 . eth0 timeout 1h comment \"x\" }; }; }",
                   Kind::set, "s"},
        ObjectCase{"table inet t { map m { type iface_index : verdict; elements = { eth0 : accept }; }; }", Kind::map,
                   "m"},
        ObjectCase{"table inet t { map m { type iface_index : mark; elements = { eth1 : 1 }; }; }", Kind::map, ""},
        ObjectCase{"table inet t { map m { type ipv4_addr : iface_index; elements = { 192.0.2.1 : eth0 }; }; }",
                   Kind::map, "m"},
        ObjectCase{"table ip t { chain c { type filter hook output priority 0; dup to 192.0.2.1 device eth0; }; }",
                   Kind::rule, "c"},
        ObjectCase{"table ip t { chain c { type filter hook output priority 0; dup to 192.0.2.1 device eth1; }; }",
                   Kind::rule, ""},
        ObjectCase{"table netdev t { chain c { type filter hook ingress device eth1 priority 0; fwd to eth0; }; }",
                   Kind::rule, "c"},
        ObjectCase{"table netdev t { chain c { type filter hook ingress device eth1 priority 0; fwd to ip saddr map "
                   "{ 192.0.2.1 : eth0 }; }; }",
                   Kind::rule, "c"}));

/// Hooks belong to the netdev or, from Linux 6.16 on, to its name: the rename shows which it is here.
class FilterHooks : public FilterBindings, public testing::WithParamInterface<ObjectCase> {};

TEST_P(FilterHooks, AreGivenWhereTheyFollowARename) {
    const auto& [ruleset, kind, name] = GetParam();
    if (!load(ruleset))
        GTEST_SKIP() << "skipped: this kernel has not what this asks for: " << ruleset;
    const auto hooks = hooks_on(*socket_to_nf_tables(), "eth0");
    ASSERT_EQ(hooks.size(), 1u) << ruleset;
    EXPECT_EQ(hooks[0].kind, kind);
    EXPECT_EQ(hooks[0].name, name);
    EXPECT_TRUE(hooks_on(*socket_to_nf_tables(), "far0").empty());
    const auto found = bindings();
    must(split("ip link set dev eth0 name peth0"));
    const bool follows = must(split("nft list ruleset")).find("peth0") != std::string::npos;
    EXPECT_EQ(found, follows ? hooks : std::vector<FilterBinding>()) << ruleset;
}

INSTANTIATE_TEST_SUITE_P(
    EveryForm, FilterHooks,
    testing::Values(ObjectCase{"table netdev t { chain c { type filter hook ingress device eth0 priority 0; }; }",
                               Kind::chain, "c"},
                    ObjectCase{
                        "table netdev t { chain c { type filter hook ingress devices = { eth1, eth0 } priority 0; }; }",
                        Kind::chain, "c"},
                    ObjectCase{"table inet t { flowtable f { hook ingress priority 0; devices = { eth0 }; }; }",
                               Kind::flowtable, "f"}));

TEST(FilterHooksOfReleases, BelongToNamesFrom616On) {
    for (const char* release : {"6.16", "6.16.0-rc1", "6.18.44-x", "7.0.1", "10.1"})
        EXPECT_TRUE(hooks_belong_to_names(release)) << release;
    for (const char* release : {"6.15.9", "6.1.0-18-amd64", "5.19", "6", "6.", "", "x.y", "6.x"})
        EXPECT_FALSE(hooks_belong_to_names(release)) << release;
}

TEST_F(FilterBindings, NothingIsListedByLibnftablesWhereAGlanceIsEnough) {
    ASSERT_TRUE(load("table inet t {\n"
                     "  set s { type ipv4_addr . ifname; elements = { 192.0.2.1 . eth0 }; }\n"
                     "  chain c { iif lo accept; iif != eth1 oif lo drop; iifname eth0 tcp dport { 22, 80 } accept; }\n"
                     "}\n"));
    const auto socket = socket_to_nf_tables();
    EXPECT_FALSE(may_have_numbers(*socket, netdev("eth0").index));
    ASSERT_TRUE(load("add rule inet t c iif eth0 accept\n"));
    EXPECT_TRUE(may_have_numbers(*socket, netdev("eth0").index));
}

TEST_F(FilterBindings, EveryBoundThingIsGiven) {
    ASSERT_TRUE(load("table inet t {\n"
                     "  set s { type iface_index; elements = { eth0 }; }\n"
                     "  chain a { iif eth0 accept; oif eth0 accept; iif @s drop; }\n"
                     "  chain b { iif eth0 drop; }\n"
                     "}\n"));
    std::vector<std::string> texts;
    for (const FilterBinding& binding : bindings())
        texts.push_back(binding.name + ": " + binding.text);
    EXPECT_EQ(texts, (std::vector<std::string>{"s: ", "a: iif \"eth0\" accept", "a: oif \"eth0\" accept",
                                               "b: iif \"eth0\" drop"}));
}

} // namespace
} // namespace vifplug
