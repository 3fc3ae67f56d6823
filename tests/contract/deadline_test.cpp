// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where one timer serves many deadlines, none may end early because of it, late, or not at all.
#include "system/deadline.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vifplug {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

bool timer_runs() {
    itimerval timer{};
    return getitimer(ITIMER_REAL, &timer) == 0 && timerisset(&timer.it_value);
}

/// Signals are heard here and nowhere else, so that none comes before it is waited for. One that does not come is a
/// failure, a minute later.
testing::AssertionResult await_signal() {
    constexpr timespec longest{.tv_sec = 60, .tv_nsec = 0};
    sigset_t none;
    sigemptyset(&none);
    return ppoll(nullptr, 0, &longest, &none) < 0 ? testing::AssertionSuccess()
                                                  : testing::AssertionFailure() << "no signal";
}

class DeadlineTest : public testing::Test {
  protected:
    void SetUp() override {
        { const Deadline first(hours(1)); } // it takes SIGALRM from whoever had blocked it
        Deadline::stop_idle_timer();
        block(SIG_BLOCK);
    }

    /// One that is left over comes now.
    void TearDown() override {
        Deadline::stop_idle_timer();
        block(SIG_UNBLOCK);
    }

  private:
    static void block(int how) {
        sigset_t alarm;
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        ASSERT_EQ(sigprocmask(how, &alarm, nullptr), 0);
    }
};

TEST_F(DeadlineTest, PassesNotBeforeItsTime) {
    constexpr milliseconds patience{30};
    const auto start = Deadline::Clock::now();
    const Deadline deadline(patience);
    EXPECT_FALSE(Deadline::has_passed());
    ASSERT_TRUE(await_signal());
    EXPECT_TRUE(Deadline::has_passed());
    EXPECT_GE(Deadline::Clock::now() - start, patience);
    EXPECT_EQ(deadline.left(), milliseconds(0));
}

TEST_F(DeadlineTest, OnceItHasPassedTheSignalComesAgainAndAgain) {
    const Deadline deadline(milliseconds(1));
    for (int signals = 0; signals < 3; ++signals)
        ASSERT_TRUE(await_signal());
    EXPECT_TRUE(Deadline::has_passed());
}

TEST_F(DeadlineTest, StartsAgain) {
    Deadline deadline(milliseconds(1));
    ASSERT_TRUE(await_signal());
    deadline.restart(hours(1));
    EXPECT_FALSE(Deadline::has_passed());
    EXPECT_GT(deadline.left(), milliseconds(0));
}

TEST_F(DeadlineTest, TakesItsTimerAlong) {
    { const Deadline deadline(hours(1)); }
    EXPECT_FALSE(timer_runs());
}

/// A child has no timer of its parent's.
TEST_F(DeadlineTest, PassesInAChildToo) {
    const Deadline of_parent(milliseconds(20));
    const pid_t child = fork();
    if (child == 0) {
        const Deadline deadline(milliseconds(40));
        _exit(await_signal() && Deadline::has_passed() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

/// For the rest of the process.
class KeptDeadlineTest : public DeadlineTest {
  protected:
    void SetUp() override {
        DeadlineTest::SetUp();
        Deadline::keep_timer();
    }
};

TEST_F(KeptDeadlineTest, DoesNotPassWithTheOneBeforeIt) {
    { const Deadline before(milliseconds(20)); }
    const Deadline deadline(hours(1));
    ASSERT_TRUE(await_signal()); // of the one before
    EXPECT_FALSE(Deadline::has_passed());
    EXPECT_TRUE(timer_runs());
}

TEST_F(KeptDeadlineTest, PassesInItsOwnTimeAfterAnEarlySignal) {
    { const Deadline before(milliseconds(20)); }
    constexpr milliseconds patience{60};
    const auto start = Deadline::Clock::now();
    const Deadline deadline(patience);
    while (!Deadline::has_passed())
        ASSERT_TRUE(await_signal());
    EXPECT_GE(Deadline::Clock::now() - start, patience);
}

TEST_F(KeptDeadlineTest, IsNotKeptWaitingByALongerOneBeforeIt) {
    { const Deadline before(hours(1)); }
    const Deadline deadline(milliseconds(20));
    ASSERT_TRUE(await_signal());
    EXPECT_TRUE(Deadline::has_passed());
}

TEST_F(KeptDeadlineTest, OneThatPassedIsOverForTheNext) {
    {
        const Deadline before(milliseconds(1));
        ASSERT_TRUE(await_signal());
    }
    const Deadline deadline(hours(1));
    EXPECT_FALSE(Deadline::has_passed());
    ASSERT_TRUE(await_signal()); // those of the one before go on
    EXPECT_FALSE(Deadline::has_passed());
}

TEST_F(KeptDeadlineTest, WithoutOneTheTimerEndsWithItsFirstSignal) {
    { const Deadline deadline(milliseconds(20)); }
    ASSERT_TRUE(await_signal());
    EXPECT_FALSE(timer_runs());
    EXPECT_FALSE(Deadline::has_passed());
}

TEST_F(KeptDeadlineTest, WhoeverWaitsWithoutOneSparesTheSignal) {
    { const Deadline deadline(hours(1)); }
    EXPECT_TRUE(timer_runs());
    Deadline::stop_idle_timer();
    EXPECT_FALSE(timer_runs());
    const Deadline next(milliseconds(20));
    ASSERT_TRUE(await_signal());
    EXPECT_TRUE(Deadline::has_passed());
}

TEST_F(KeptDeadlineTest, WhileThereIsOneItsTimerIsNotStopped) {
    const Deadline deadline(hours(1));
    Deadline::stop_idle_timer();
    EXPECT_TRUE(timer_runs());
}

} // namespace
} // namespace vifplug
