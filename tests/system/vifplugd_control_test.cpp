// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What can be asked of the daemon by its socket, and who may.
#include "system/vifplugd_world.hpp"

#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace vifplug::test {
namespace {

using namespace std::chrono_literals;

/// Connections on which nothing is said.
class Silent {
  public:
    Silent(const std::string& path, int count) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        for (int i = 0; i < count; ++i) {
            ends_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            EXPECT_EQ(connect(ends_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        }
    }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    ~Silent() {
        for (const int end : ends_)
            close(end);
    }

  private:
    std::vector<int> ends_;
};

TEST_F(Vifplugd, IsOnlyOne) {
    start();
    const Result second = run({program("../../sbin/vifplugd")}, environment());
    EXPECT_EQ(second.status, 1);
    EXPECT_EQ(second.err, "vifplugd: another vifplugd is at work here, process " + std::to_string(daemon_->pid()) +
                              ": one is enough, and two would meet\n");
    EXPECT_EQ(vifplug({"status"}).status, 0);
}

TEST_F(Vifplugd, SaysHowAVifIs) {
    start();
    const Result table = vifplug({"status"});
    EXPECT_EQ(table.status, 0);
    EXPECT_NE(table.out.find("1.0  placed  vif1.0  xenbr0  -      1500  0"), std::string::npos) << table.out;
    const Result story = vifplug({"status", "1.0"});
    EXPECT_NE(story.out.find("vif1.0: placed on xenbr0 as vif1.0, MTU 1500"), std::string::npos) << story.out;
    EXPECT_NE(story.out.find("  placed: on xenbr0"), std::string::npos) << story.out;
    const auto json = status();
    EXPECT_EQ(json.at("version"), 1);
    EXPECT_EQ(json.at("daemon").at("process"), daemon_->pid());
    EXPECT_EQ(vifplug({"status", "9.9"}).status, 1);
    EXPECT_EQ(vifplug({"status", "9.9"}).err, "vifplug: vif='9.9': there is no such vif in xenstore\n");
    (void)stop();
    const Result nobody = vifplug({"status"});
    EXPECT_EQ(nobody.status, 3);
    EXPECT_EQ(nobody.err, "vifplug: vifplugd is not running: nobody listens at " + rundir + "/control\n");
}

TEST_F(Vifplugd, OnlyRootMayAsk) {
    start();
    struct stat socket {};
    ASSERT_EQ(stat((rundir + "/control").c_str(), &socket), 0);
    EXPECT_EQ(socket.st_mode & 0777, 0600U);
}

TEST_F(Vifplugd, ARunDirectoryThatIsTooLongForASocketIsRefusedInWords) {
    Variables there = environment();
    there["VIFPLUG_RUNDIR"] = "/run/" + std::string(120, 'x');
    const Result result = run({program("../../sbin/vifplugd")}, there);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.err.find("vifplugd: VIFPLUG_RUNDIR='/run/xxx"), 0U) << result.err;
    EXPECT_NE(result.err.find("too long for a socket in it\n"), std::string::npos) << result.err;
}

/// Each of them has five seconds to say something. Whoever does not is no reason to be busy.
TEST_F(Vifplugd, IsIdleWhileMoreWantToTalkThanItHasFilesFor) {
    daemon_.emplace(Words{"prlimit", "--nofile=40", program("../../sbin/vifplugd")}, environment());
    ASSERT_TRUE(eventually([&] { return said().find("looks after") != std::string::npos; })) << said();
    const auto processor_time = [&] {
        std::ifstream file("/proc/" + std::to_string(daemon_->pid()) + "/stat");
        std::string word;
        long ticks = 0;
        for (int i = 1; i <= 15 && file >> word; ++i)
            ticks += i >= 14 ? std::stol(word) : 0; // utime and stime
        return ticks;
    };
    const Silent crowd(rundir + "/control", 60);
    const long before = processor_time();
    std::this_thread::sleep_for(2s);
    EXPECT_LT(processor_time() - before, sysconf(_SC_CLK_TCK) / 2);
    EXPECT_EQ(vifplug({"status"}).status, 0); // when the first have been sent away
}

TEST_F(Vifplugd, AVifThatIsNoTextIsRefusedInWords) {
    start();
    const Result result = vifplug({"status", "\xff"});
    EXPECT_NE(result.status, 0);
    EXPECT_NE(result.err.find("a vif is DOMID.DEVID, like 7.0"), std::string::npos) << result.err;
}

/// What a script has of a vif that it did not find.
TEST_F(Vifplugd, AVifWithoutANameIsNotAllOfThem) {
    start();
    for (const char* command : {"status", "reconcile"}) {
        const Result result = vifplug({command, ""});
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.err, "vifplug: vif='': a vif is DOMID.DEVID, like 7.0\n");
    }
}

TEST_F(Vifplugd, ReconcilesWhenAsked) {
    start();
    for (const Words& command : {Words{"reconcile"}, Words{"reconcile", "1.0"}}) {
        ip("address add 192.0.2.1/24 dev vif1.0"); // which the daemon does not listen for
        EXPECT_EQ(vifplug(command).status, 0);
        EXPECT_TRUE(eventually([&] { return seen("vif1.0").addresses.empty(); })) << command.back();
    }
    EXPECT_EQ(phase("1.0"), "placed");
}

} // namespace
} // namespace vifplug::test
