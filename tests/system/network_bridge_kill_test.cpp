// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Death at any moment: of the process that works, of the one that waits for it, of both.
#include "system/uplink_world.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

namespace vifplug::test {
namespace {

constexpr const char* killed_file = "/run/killed";

/// Which moments are tried: every one, or every so many of them (VIFPLUG_TEST_KILL_EVERY).
int stride() {
    const char* every = std::getenv("VIFPLUG_TEST_KILL_EVERY");
    return every == nullptr ? 9 : std::max(1, std::atoi(every));
}

class Killed : public UplinkWorld, public testing::WithParamInterface<const char*> {
  protected:
    Killed() {
        make_a_rich_host();
        before_ = picture();
        start(words());
        during_ = picture();
        stop();
        expect_untouched(before_);
    }

    static std::string words() { return GetParam(); }

    /// True when it was killed, false when it came to its end first.
    bool call_and_kill(const std::string& call, const std::string& who, int moment) const {
        std::filesystem::remove(killed_file);
        (void)network_bridge(call, {{"LD_PRELOAD", VIFPLUG_KILL_PRELOAD},
                                    {"ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0"},
                                    {"VIFPLUG_KILL", who + ":" + std::to_string(moment)},
                                    {"VIFPLUG_KILLED", killed_file}});
        return std::filesystem::exists(killed_file);
    }

    /// Nothing is lost: the host is as it was, or as it was to be.
    void expect_one_of_both(const std::string& where) const {
        const std::string now = picture();
        EXPECT_EQ(now, exists("peth0") ? during_ : before_) << where;
        EXPECT_TRUE(reaches_the_gateway()) << where;
        EXPECT_FALSE(std::filesystem::exists(std::string(rundir) + "/network/journal")) << where;
    }

    /// Kills at every moment of a call. `prepare` brings the host to where the call begins.
    void kill_everywhere(const std::string& call, const std::string& who, const std::string& beginning) {
        int moment = 1;
        for (bool killed = true; killed && !HasFailure(); moment += stride()) {
            prepare(beginning);
            killed = call_and_kill(call, who, moment);
            const std::string where = call + ", " + who + " killed at " + std::to_string(moment);
            if (who == "child") // its parent takes everything back by itself
                expect_one_of_both(where);
            const Result recovery = network_bridge("recover");
            EXPECT_EQ(recovery.status, 0) << where << "\n" << recovery.err;
            expect_one_of_both(where);
        }
        EXPECT_GT(moment, 20) << "moments of " << call;
    }

    void prepare(const std::string& beginning) {
        const Result result = network_bridge(beginning == before_ ? "stop" : "start " + words());
        ASSERT_EQ(result.status, 0) << result.err;
        ASSERT_EQ(picture(), beginning);
    }

    std::string before_;
    std::string during_;
};

INSTANTIATE_TEST_SUITE_P(Topologies, Killed,
                         testing::Values("netdev=eth0", "netdev=eth0 topology=bridge bridge=xenbr7"),
                         [](const auto& each) { return std::string(each.index == 0 ? "veth" : "bridge"); });

TEST_P(Killed, TheWorkerOfStart) {
    kill_everywhere("start " + words(), "child", before_);
}

TEST_P(Killed, TheWorkerOfStop) {
    kill_everywhere("stop", "child", during_);
}

TEST_P(Killed, WhoWaitsForStart) {
    kill_everywhere("start " + words(), "parent", before_);
}

TEST_P(Killed, WhoWaitsForStop) {
    kill_everywhere("stop", "parent", during_);
}

TEST_P(Killed, BothOfStart) {
    kill_everywhere("start " + words(), "both", before_);
}

TEST_P(Killed, BothOfStop) {
    kill_everywhere("stop", "both", during_);
}

TEST_P(Killed, TheRecoveryItself) {
    for (int moment = 1; moment < 200 && !HasFailure(); moment += 5 * stride()) {
        prepare(before_);
        if (!call_and_kill("start " + words(), "both", moment))
            break;
        // What takes it back is one process: it dies a little later each time.
        Running recovery(split(program("network-bridge") + " recover"), environment());
        std::this_thread::sleep_for(std::chrono::microseconds(100 * moment)); // not waited for: the moment is the test
        (void)kill(recovery.pid(), SIGKILL);
        (void)recovery.wait();
        EXPECT_EQ(network_bridge("recover").status, 0);
        expect_one_of_both("recovery after " + std::to_string(moment));
    }
}

TEST_P(Killed, AtRandomMoments) {
    std::mt19937 random(20260820); // NOLINT: the same moments each time, as far as the machine lets them be
    std::uniform_int_distribution<int> when(0, 15000);
    std::uniform_int_distribution<int> who(0, 2);
    const int moments = stride() == 1 ? 100 : 20; // two topologies
    for (int i = 0; i < moments && !HasFailure(); ++i) {
        const bool starts = i % 2 == 0;
        prepare(starts ? before_ : during_);
        Running call(split(program("network-bridge") + (starts ? " start " + words() : " stop")), environment());
        std::this_thread::sleep_for(std::chrono::microseconds(when(random)));
        std::ifstream children("/proc/" + std::to_string(call.pid()) + "/task/" + std::to_string(call.pid()) +
                               "/children");
        pid_t child = 0;
        children >> child;
        const int victim = who(random);
        if (victim != 0)
            (void)kill(call.pid(), SIGKILL);
        if (victim != 1 && child > 0)
            (void)kill(child, SIGKILL);
        (void)call.wait();
        const Result recovery = network_bridge("recover");
        EXPECT_EQ(recovery.status, 0) << recovery.err;
        expect_one_of_both("random moment " + std::to_string(i));
    }
}

} // namespace
} // namespace vifplug::test
