// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/watch_path.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Extent = Concern::Extent;

const VifId vif7{DomId{7}, DevId{0}};

TEST(WatchPath, TheWatchedPathItselfConcernsAll) {
    EXPECT_EQ(concern_of("backend/vif"), (Concern{.extent = Extent::all}));
}

TEST(WatchPath, ADomainsDirectoryConcernsItsVifs) {
    EXPECT_EQ(concern_of("backend/vif/7"), (Concern{.extent = Extent::domain, .domain = DomId{7}}));
}

TEST(WatchPath, WhatIsBelowAVifConcernsIt) {
    EXPECT_EQ(concern_of("backend/vif/7/0"), (Concern{.extent = Extent::vif, .vif = vif7}));
    EXPECT_EQ(concern_of("backend/vif/7/0/state"), (Concern{.extent = Extent::vif, .vif = vif7, .key = "state"}));
    EXPECT_EQ(concern_of("backend/vif/7/0/queue-1/ring"),
              (Concern{.extent = Extent::vif, .vif = vif7, .key = "queue-1"}));
}

TEST(WatchPath, GarbageConcernsNothing) {
    for (const char* path : {"", "backend", "backend/vbd/7/0", "backend/vifs", "backend/vif/", "backend/vif/x",
                             "backend/vif/-1", "backend/vif/7/x/state", "backend/vif/07/0/state", "backend/vif//0",
                             "backend/vif/99999/0/state", "/local/domain/0/backend/vif/7/0"})
        EXPECT_EQ(concern_of(path), Concern{}) << path;
}

} // namespace
} // namespace vifplug
