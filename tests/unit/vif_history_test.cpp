// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_history.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using What = VifHistory::What;

TEST(VifHistory, KeepsTheLastEventsAndCountsThemAll) {
    VifHistory history;
    for (int i = 0; i < 30; ++i)
        history.add({}, What::repaired, std::to_string(i));
    EXPECT_EQ(history.repairs(), 30U);
    ASSERT_EQ(history.events().size(), VifHistory::longest);
    EXPECT_EQ(history.events().front().text, "10");
    EXPECT_EQ(history.events().back().text, "29");
}

TEST(VifHistory, TheSameErrorAgainIsNoNews) {
    VifHistory history;
    history.add({}, What::error, "no bridge");
    history.add({}, What::error, "no bridge");
    EXPECT_EQ(history.errors(), 1U);
    history.add({}, What::error, "no netdev");
    history.add({}, What::error, "no bridge");
    EXPECT_EQ(history.errors(), 3U);
}

TEST(VifHistory, ToWaitForTheSameIsNoNewsAndToFailForItIs) {
    VifHistory history;
    history.add({}, What::waits, "no bridge");
    history.add({}, What::waits, "no bridge");
    EXPECT_EQ(history.events().size(), 1U);
    history.add({}, What::error, "no bridge");
    EXPECT_EQ(history.events().size(), 2U);
    EXPECT_EQ(history.errors(), 1U);
}

} // namespace
} // namespace vifplug
