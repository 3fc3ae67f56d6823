// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Many at once, the same one many times at once, and death at any moment.
#include "support/eventually.hpp"
#include "support/stepped.hpp"
#include "system/vif_world.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

namespace vifplug::test {
namespace {

class Reliability : public VifWorld {
  protected:
    std::vector<Result> all_at_once(const std::vector<std::pair<Words, Variables>>& calls) const {
        std::vector<Running> running;
        for (const auto& [words, environment] : calls) {
            Words command{program("vif-bridge")};
            command.insert(command.end(), words.begin(), words.end());
            running.emplace_back(command, environment);
        }
        std::vector<Result> results;
        for (Running& one : running)
            results.push_back(one.wait());
        return results;
    }

    std::vector<std::string> left_in_run_directory() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(rundir))
            names.push_back(entry.path().filename());
        return names;
    }
};

TEST_F(Reliability, V39_thirty_vifs_at_once) {
    constexpr int guests = 30;
    std::vector<std::pair<Words, Variables>> up;
    std::vector<std::pair<Words, Variables>> down;
    for (int domid = 2; domid < 2 + guests; ++domid) {
        make_vif(domid, 0);
        up.push_back({{"online", "type_if=vif"}, libxl(domid, 0)});
        down.push_back({{"offline", "type_if=vif"}, libxl(domid, 0)});
    }
    for (const Result& result : all_at_once(up))
        EXPECT_EQ(result.status, 0) << result.err;
    for (int domid = 2; domid < 2 + guests; ++domid) {
        EXPECT_EQ(seen("vif" + std::to_string(domid) + ".0").master, "xenbr0");
        EXPECT_EQ(read("/local/domain/0/backend/vif/" + std::to_string(domid) + "/0/hotplug-status"), "connected");
    }
    EXPECT_EQ(left_in_run_directory(), std::vector<std::string>());
    for (const Result& result : all_at_once(down))
        EXPECT_EQ(result.status, 0) << result.err;
    for (int domid = 2; domid < 2 + guests; ++domid)
        EXPECT_EQ(seen("vif" + std::to_string(domid) + ".0").master, "");
}

TEST_F(Reliability, V39_the_same_vif_ten_times_at_once) {
    write(backend + "/vifname", "web0");
    const std::vector<std::pair<Words, Variables>> calls(10, {{"online", "type_if=vif"}, libxl(1, 0)});
    int did_it = 0;
    for (const Result& result : all_at_once(calls)) {
        EXPECT_EQ(result.status, 0) << result.err;
        did_it += result.err.find("added to xenbr0") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(did_it, 1);
    expect_placed("web0", "xenbr0");
    EXPECT_EQ(left_in_run_directory(), std::vector<std::string>{"vif1.0.netdev"});
}

TEST_F(Reliability, AHeldLockIsGivenUpInTimeAndSaid) {
    ASSERT_EQ(online().status, 0);
    const std::string path = rundir + "/vif1.0.lock";
    const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(flock(lock, LOCK_EX), 0);
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "1";
    expect_refused(call({"online", "type_if=vif"}, environment),
                   "wait for the lock " + path + ": Connection timed out");
    const Result down = call({"offline", "type_if=vif"}, environment);
    EXPECT_EQ(down.status, 0);
    EXPECT_NE(down.err.find("wait for the lock " + path), std::string::npos) << down.err;
    EXPECT_EQ(seen("vif1.0").master, "") << "a dying domain is not held up";
    close(lock);
}

TEST_F(Reliability, ALockFileThatWasReplacedWhileWaitingIsNoLock) {
    ASSERT_EQ(online().status, 0);
    const std::string path = rundir + "/vif1.0.lock";
    const int old_lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(flock(old_lock, LOCK_EX), 0);
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "10";
    Running waiting({program("vif-bridge"), "online", "type_if=vif"}, environment);
    const std::string waits = "-> FLOCK  ADVISORY  WRITE " + std::to_string(waiting.pid()) + " ";
    ASSERT_TRUE(eventually([&] {
        return must({"cat", "/proc/locks"}).find(waits) != std::string::npos;
    })) << waiting.errors_so_far();
    ASSERT_EQ(unlink(path.c_str()), 0);
    const int new_lock = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ASSERT_EQ(flock(new_lock, LOCK_EX), 0);
    close(old_lock);
    const Result result = waiting.wait();
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("wait for the lock " + path), std::string::npos) << result.err;
    close(new_lock);
}

TEST_F(Reliability, TheRunDirectoryIsRootsAloneAndItsLocksNoLinks) {
    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(must({"stat", "-c", "%a", rundir}), "700\n");
    must({"ln", "-s", "/run/elsewhere", rundir + "/vif1.0.lock"});
    EXPECT_EQ(online().status, 1);
    EXPECT_EQ(run({"ls", "/run/elsewhere"}).status, 2);
}

TEST_F(Reliability, AStaleLockFileIsNoObstacle) {
    std::filesystem::create_directories(rundir);
    must({"/bin/sh", "-c", ": >" + rundir + "/vif1.0.lock"});
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(left_in_run_directory(), std::vector<std::string>());
}

TEST_F(Reliability, DeathAtAnyMomentAndTheSameCallAgain) {
    // Every stop by default is too many for a program slowed down by sanitizers.
    const char* given = std::getenv("VIFPLUG_TEST_KILL_EVERY");
    const int stride = given == nullptr ? 11 : std::atoi(given);
    write(backend + "/vifname", "web0");
    Variables environment = libxl(1, 0);
    environment["ASAN_OPTIONS"] = "detect_leaks=0"; // which cannot look into a traced program
    bool reached_the_end = false;
    for (int moment = 1; !reached_the_end; moment += stride) {
        SCOPED_TRACE("killed at system call stop " + std::to_string(moment));
        {
            Stepped victim({program("vif-bridge"), "online", "type_if=vif"}, environment);
            reached_the_end = !victim.steps(moment);
        }
        const Result again = online();
        EXPECT_EQ(again.status, 0) << again.err;
        expect_placed("web0", "xenbr0");
        {
            Stepped victim({program("vif-bridge"), "offline", "type_if=vif"}, environment);
            victim.steps(moment);
        }
        EXPECT_EQ(offline().status, 0);
        EXPECT_EQ(seen("web0").master, "");
        ip("link delete dev web0"); // the next round begins with a new netdev, as a new guest does
        make_netdev("vif1.0", "guest1.0");
        write(backend + "/hotplug-status", "");
        ASSERT_FALSE(HasFailure());
    }
}

} // namespace
} // namespace vifplug::test
