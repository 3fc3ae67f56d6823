// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/host_state.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Texts = std::vector<std::string>;

Entry entry(const std::string& text, std::uint8_t identity) {
    return {text, {1, 2, 3}, {identity}};
}

Entry entry(const std::string& text) {
    return {text, {1, 2, 3}, {text.begin(), text.end()}};
}

std::vector<Entry> entries(const Texts& texts) {
    std::vector<Entry> list;
    for (const std::string& text : texts)
        list.push_back(entry(text));
    return list;
}

Texts texts(const std::vector<Entry>& list) {
    Texts text;
    for (const Entry& each : list)
        text.push_back(each.text);
    return text;
}

void expect_change(const Texts& have, const Texts& want, const Texts& remove, const Texts& add) {
    const ListChange change = plan_ordered(entries(have), entries(want));
    EXPECT_EQ(texts(change.remove), remove) << testing::PrintToString(have) << " -> " << testing::PrintToString(want);
    EXPECT_EQ(texts(change.add), add) << testing::PrintToString(have) << " -> " << testing::PrintToString(want);
}

TEST(PlanOrdered, NothingDiffersNothingToDo) {
    expect_change({}, {}, {}, {});
    expect_change({"a", "b"}, {"a", "b"}, {}, {});
}

TEST(PlanOrdered, WhatIsMissingAtTheEndIsAdded) {
    expect_change({}, {"a", "b"}, {}, {"a", "b"});
    expect_change({"a"}, {"a", "b"}, {}, {"b"});
}

TEST(PlanOrdered, WhatFollowsTheFirstDifferenceIsMadeAnew) {
    expect_change({"b"}, {"a", "b"}, {"b"}, {"a", "b"});
    expect_change({"a", "c"}, {"a", "b", "c"}, {"c"}, {"b", "c"});
    expect_change({"b", "a"}, {"a", "b"}, {"b", "a"}, {"a", "b"});
}

TEST(PlanOrdered, EntriesNobodyWantsStayWhereTheyAre) {
    expect_change({"x", "a"}, {"a"}, {}, {});
    expect_change({"a", "x", "b"}, {"a", "b"}, {}, {});
    expect_change({"x"}, {}, {}, {});
}

TEST(PlanOrdered, TheSameAddressWithAnotherLabelMakesRoom) {
    const ListChange change = plan_ordered({entry("192.0.2.1/24", 1)}, {entry("192.0.2.1/24", 2)});
    ASSERT_EQ(change.remove.size(), 1u);
    ASSERT_EQ(change.add.size(), 1u);
    EXPECT_EQ(change.remove[0].identity, Bytes{1});
    EXPECT_EQ(change.add[0].identity, Bytes{2});
}

TEST(MissingFrom, ComparesWhatTheyAreAndNotWhatTheyAreCalled) {
    EXPECT_TRUE(missing_from({entry("one", 1)}, {entry("other", 1)}).empty());
    EXPECT_EQ(missing_from({entry("one", 1)}, {entry("one", 2)}).size(), 1u);
}

TEST(MissingFrom, KeepsTheOrderOfWhatIsWanted) {
    EXPECT_EQ(texts(missing_from(entries({"b"}), entries({"c", "b", "a"}))), (Texts{"c", "a"}));
    EXPECT_EQ(texts(missing_from({}, entries({"a"}))), Texts{"a"});
    EXPECT_TRUE(missing_from(entries({"a"}), {}).empty());
}

TEST(NameSome, NamesThreeAndCountsTheOthers) {
    EXPECT_EQ(name_some({}), "");
    EXPECT_EQ(name_some(entries({"a"})), "a");
    EXPECT_EQ(name_some(entries({"a", "b", "c"})), "a, b, c");
    EXPECT_EQ(name_some(entries({"a", "b", "c", "d", "e"})), "a, b, c and 2 more");
}

TEST(HostState, IsEmptyWithoutAnythingThatMoves) {
    HostState state;
    EXPECT_TRUE(state.empty());
    state.gateways.push_back({false, {192, 0, 2, 1}, "192.0.2.1"});
    EXPECT_TRUE(state.empty()) << "a gateway is a remark";
    for (const auto list : {&HostState::addresses_v4, &HostState::addresses_v6, &HostState::routes,
                            &HostState::neighbours, &HostState::rules, &HostState::nexthops}) {
        HostState with;
        (with.*list).push_back(entry("a"));
        EXPECT_FALSE(with.empty());
    }
    HostState with;
    with.multicast.push_back(Mac{});
    EXPECT_FALSE(with.empty());
}

} // namespace
} // namespace vifplug
