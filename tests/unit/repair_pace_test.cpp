// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/repair_pace.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using namespace std::chrono_literals;

class Pace : public testing::Test {
  protected:
    void repair(int times, std::chrono::milliseconds apart) {
        for (int i = 0; i < times; ++i, now += apart)
            pace.repaired(now);
    }

    RepairPace pace;
    RepairPace::TimePoint now{1000s};
};

TEST_F(Pace, TheFirstRepairsAreMadeAtOnce) {
    EXPECT_EQ(pace.next(now), now);
    repair(9, 1ms);
    EXPECT_FALSE(pace.is_slowed(now));
    EXPECT_EQ(pace.next(now), now);
}

TEST_F(Pace, InAFightEachWaitsTwiceAsLongAsTheOneBefore) {
    repair(10, 0ms);
    EXPECT_TRUE(pace.is_slowed(now));
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        EXPECT_EQ(pace.next(now), now + wait);
        now += wait;
        pace.repaired(now);
    }
}

TEST_F(Pace, RepairsFarApartAreNoFight) {
    repair(20, 3s);
    EXPECT_FALSE(pace.is_slowed(now));
}

TEST_F(Pace, TenWithinTwentySecondsAreAFight) {
    repair(10, 2500ms);
    EXPECT_FALSE(pace.is_slowed(now));
    repair(20, 3s);
    repair(10, 2200ms);
    EXPECT_TRUE(pace.is_slowed(now));
}

TEST_F(Pace, AVifThatWasLeftAloneStartsAnew) {
    repair(10, 0ms);
    now += 61s;
    EXPECT_FALSE(pace.is_slowed(now));
    EXPECT_EQ(pace.next(now), now);
    pace.repaired(now);
    EXPECT_FALSE(pace.is_slowed(now));
    EXPECT_EQ(pace.next(now), now);
    repair(8, 0ms);
    EXPECT_FALSE(pace.is_slowed(now));
    repair(1, 0ms);
    EXPECT_TRUE(pace.is_slowed(now));
}

} // namespace
} // namespace vifplug
