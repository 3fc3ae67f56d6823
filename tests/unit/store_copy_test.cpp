// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/store_copy.hpp"

#include <gtest/gtest.h>
#include <map>

namespace vifplug {
namespace {

/// A store that counts what it is asked.
class CountingStore final : public Store {
  public:
    std::optional<std::string> read(const std::string& path) override {
        ++reads;
        const auto found = nodes.find(path);
        return found == nodes.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<std::vector<std::string>> list(const std::string& directory) override {
        ++lists;
        if (!is_there)
            return std::nullopt;
        std::vector<std::string> names;
        for (const auto& [path, value] : nodes)
            names.push_back(path.substr(directory.size() + 1));
        return names;
    }
    Changed change_below(const std::string&, const std::vector<NodeChange>& changes,
                         const std::vector<NodeValue>&) override {
        for (const NodeChange& change : changes)
            if (change.value)
                nodes[change.path] = *change.value;
            else
                nodes.erase(change.path);
        return {.directory_was_there = is_there, .refused = {}};
    }

    std::map<std::string, std::string> nodes{{"be/state", "2"}, {"be/bridge", "xenbr0"}};
    bool is_there = true;
    int reads = 0;
    int lists = 0;
};

class Copy : public testing::Test {
  protected:
    CountingStore store;
    StoreCopy copy{store, "be"};
};

TEST_F(Copy, ReadsEachNodeOnce) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(copy.exists());
        EXPECT_EQ(copy.read("be/state"), "2");
        EXPECT_EQ(copy.read("be/mtu"), std::nullopt);
    }
    EXPECT_EQ(store.lists, 1);
    EXPECT_EQ(store.reads, 1); // none for what was not listed
}

TEST_F(Copy, ReadsAgainWhatWasForgotten) {
    EXPECT_EQ(copy.read("be/state"), "2");
    store.nodes["be/state"] = "4";
    EXPECT_EQ(copy.read("be/state"), "2");
    copy.forget("state");
    EXPECT_EQ(copy.read("be/state"), "4");
    EXPECT_EQ(store.lists, 1);
}

TEST_F(Copy, FindsANodeThatIsNew) {
    EXPECT_EQ(copy.read("be/mtu"), std::nullopt);
    store.nodes["be/mtu"] = "1400";
    copy.forget("mtu");
    EXPECT_EQ(copy.read("be/mtu"), "1400");
    store.nodes.erase("be/mtu");
    copy.forget("mtu");
    EXPECT_EQ(copy.read("be/mtu"), std::nullopt);
}

TEST_F(Copy, NoticesThatTheDirectoryIsGoneAndBack) {
    EXPECT_TRUE(copy.exists());
    store.is_there = false;
    copy.forget("");
    EXPECT_FALSE(copy.exists());
    EXPECT_EQ(copy.read("be/state"), std::nullopt);
    store.is_there = true;
    copy.forget("state");
    EXPECT_TRUE(copy.exists());
    EXPECT_EQ(copy.read("be/state"), "2");
}

TEST_F(Copy, ReadsAgainWhatWasWrittenThroughIt) {
    EXPECT_EQ(copy.read("be/bridge"), "xenbr0");
    (void)copy.change_below("be", {{.path = "be/bridge", .value = "xenbr1"}, {.path = "be/state", .value = {}}});
    EXPECT_EQ(copy.read("be/bridge"), "xenbr1");
    EXPECT_EQ(copy.read("be/state"), std::nullopt);
}

TEST_F(Copy, NoticesWhenItWritesThatTheDirectoryIsGone) {
    EXPECT_TRUE(copy.exists());
    store.is_there = false;
    (void)copy.change_below("be", {{.path = "be/state", .value = {}}});
    EXPECT_FALSE(copy.exists());
}

TEST_F(Copy, AsksForWhatIsElsewhere) {
    store.nodes["fe/mtu"] = "1500";
    EXPECT_EQ(copy.read("fe/mtu"), "1500");
    EXPECT_EQ(copy.read("fe/mtu"), "1500");
    EXPECT_EQ(copy.read("be/queue-0/ring"), std::nullopt);
    EXPECT_EQ(store.reads, 3);
}

} // namespace
} // namespace vifplug
