// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon in a dom0 with a real xenstored.
#include "support/silent_device.hpp"
#include "support/syslog.hpp"
#include "system/daemon_world.hpp"
#include "system/link_watch.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace vifplug::test {
namespace {

using namespace std::chrono_literals;

class Vifplugd : public DaemonWorld {
  protected:
    void configure(const std::string& text) const { std::ofstream(configuration) << text; }

    void make_hook(const std::string& text) const {
        const std::string hook = hook_directory + "/10-test.hook";
        std::filesystem::create_directories(hook_directory);
        std::ofstream(hook) << text;
        std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    }

    /// What hooks have written.
    static std::string told() {
        std::ifstream file("/run/told");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// Lets hooks go on that wait for it.
    static void open_gate() { std::ofstream("/run/gate"); }

    /// Stops a program where it is.
    static void halt(pid_t process) {
        kill(process, SIGSTOP);
        const std::string state = "/proc/" + std::to_string(process) + "/status";
        ASSERT_TRUE(eventually([&] { return must({"cat", state}).find("State:\tT") != std::string::npos; }));
    }

    /// Of what the kernel had to tell the daemon: it is the only one in this network namespace that listens for long.
    long lost_announcements() const {
        std::ifstream sockets("/proc/" + std::to_string(daemon_->pid()) + "/net/netlink");
        std::string line;
        std::getline(sockets, line);
        const Words titles = split(line);
        const auto column = std::find(titles.begin(), titles.end(), "Drops") - titles.begin();
        long lost = 0;
        while (std::getline(sockets, line))
            lost += std::stol(split(line).at(static_cast<std::size_t>(column)));
        return lost;
    }

    /// Somebody is at work for vif1.0, for so long.
    void take_lock(int seconds) {
        mkdir(rundir.c_str(), 0700);
        const std::string work = "echo has; exec sleep " + std::to_string(seconds);
        holder_.emplace(Words{"flock", "-o", rundir + "/vif1.0.lock", "-c", work}, Variables{});
        ASSERT_TRUE(eventually([&] { return holder_->output_so_far() == "has\n"; }));
    }

    /// Looks once, has placed vif2.0, and waits for the lock of vif1.0.
    void begin_to_look_once() {
        take_lock(30);
        make_vif(2, 0);
        daemon_.emplace(Words{program("../../sbin/vifplugd"), "--once"}, environment());
        ASSERT_TRUE(eventually([&] { return is_connected(2, 0); }));
    }

    std::optional<Running> holder_;

    static int count(const std::string& text, const std::string& part) {
        int found = 0;
        for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
            ++found;
        return found;
    }
};

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

TEST_F(Vifplugd, PlacesWhatIsThere) {
    start();
    expect_placed("vif1.0", "xenbr0");
    EXPECT_EQ(phase("1.0"), "placed");
    EXPECT_EQ(stop().status, 0);
}

TEST_F(Vifplugd, PlacesAVifWhenItsBackendIsReady) {
    start();
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    EXPECT_TRUE(is_placed("vif2.0", "xenbr0"));
}

TEST_F(Vifplugd, WaitsForState2) {
    write(backend + "/state", "1");
    start();
    EXPECT_EQ(phase("1.0"), "idle");
    EXPECT_EQ(seen("vif1.0").master, "");
    write(backend + "/state", "2");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
}

TEST_F(Vifplugd, LeavesWhatAnotherScriptPlaces) {
    write(backend + "/script", "/etc/xen/scripts/vif-openvswitch");
    start();
    EXPECT_EQ(phase("1.0"), "not ours");
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Vifplugd, TakesScriptsFromTheConfiguration) {
    write(backend + "/script", "/usr/local/bin/nothing");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    start();
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Vifplugd, StandsForItsOwnVifBridge) {
    write(backend + "/script", program("vif-bridge"));
    start();
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Vifplugd, PutsBackAPortThatWasTakenOff) {
    start();
    ip("link set dev vif1.0 nomaster");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    EXPECT_TRUE(eventually([&] { return status("1.0").at("vifs").at(0).at("repairs") == 1; }));
    EXPECT_EQ(said(), "vifplugd: vif1.0: added to xenbr0, MTU 1500\nvifplugd: looks after 1 vifs\n"
                      "vifplugd: vif1.0: found on no bridge instead of xenbr0; put back\n");
}

TEST_F(Vifplugd, PutsBackAllThatAnotherToolChanges) {
    ip("link add name xenbr1 type bridge");
    start();
    const std::vector<std::string> tampering{"link set dev vif1.0 down", "link set dev vif1.0 mtu 1400",
                                             "link set dev vif1.0 master xenbr1",
                                             "link set dev vif1.0 address 02:00:00:00:00:99"};
    for (const std::string& change : tampering) {
        ip(change);
        EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); })) << change;
    }
    EXPECT_EQ(seen("xenbr0").mtu, 1500U);
}

TEST_F(Vifplugd, PutsVifsBackOnABridgeThatWasMadeAgain) {
    make_vif(2, 0);
    start();
    ip("link delete dev xenbr0");
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "waiting" && phase("2.0") == "waiting"; }));
    ip("link add name xenbr0 type bridge");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0") && is_placed("vif2.0", "xenbr0"); }));
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Vifplugd, WaitsForABridgeAndSaysSoWhenItDoesNotCome) {
    configure("[vifplugd]\npatience = 1\n");
    write(backend + "/bridge", "xenbr7");
    start();
    EXPECT_EQ(phase("1.0"), "waiting");
    const std::string reason = "vif1.0: bridge='xenbr7': there is no such bridge here, nor a bridge eth7";
    EXPECT_TRUE(eventually([&] { return read(backend + "/hotplug-status") == "error"; }));
    EXPECT_EQ(read(backend + "/hotplug-error"), reason);
    ip("link add name xenbr7 type bridge");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr7"));
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Vifplugd, WaitsForANetdev) {
    ip("link delete dev vif1.0");
    start();
    EXPECT_EQ(phase("1.0"), "waiting");
    EXPECT_EQ(read(backend + "/hotplug-status"), "");
    make_netdev("vif1.0", "guest1.0");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
}

TEST_F(Vifplugd, FollowsChangedNodes) {
    ip("link add name xenbr1 type bridge");
    start();
    write(backend + "/bridge", "xenbr1");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr1"); }));
    write(backend + "/mtu", "1400");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr1", 1400); }));
    EXPECT_TRUE(eventually([&] { return read(frontend + "/mtu") == "1400"; }));
    EXPECT_EQ(status("1.0").at("vifs").at(0).at("repairs"), 0);
}

TEST_F(Vifplugd, AVifThatRunsKeepsItsMtuWhenTheDaemonStartsAnew) {
    make_vif(2, 0);
    write(backend_of(2, 0) + "/mtu", "1400"); // the bridge's, from now on
    start();
    ASSERT_TRUE(is_placed("vif1.0", "xenbr0") && is_placed("vif2.0", "xenbr0", 1400));
    ASSERT_EQ(seen("xenbr0").mtu, 1400U);
    (void)stop();
    start();
    EXPECT_EQ(seen("vif1.0").mtu, 1500U);
    ip("link set dev vif1.0 mtu 1300");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0", 1500); }));
}

TEST_F(Vifplugd, RefusesBadInputAndGoesOn) {
    write(backend + "/mtu", "many");
    make_vif(2, 0);
    start();
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
    EXPECT_EQ(phase("1.0"), "failed");
    EXPECT_TRUE(is_placed("vif2.0", "xenbr0"));
    write(backend + "/mtu", "1500");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
}

TEST_F(Vifplugd, DetachesAVifThatCloses) {
    start();
    write(backend + "/online", "0");
    write(backend + "/state", "5");
    EXPECT_TRUE(eventually([&] { return seen("vif1.0").master.empty() && !seen("vif1.0").up; }));
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "detached"; }));
}

TEST_F(Vifplugd, KeepsAVifWhoseGuestIsBootedAnew) {
    start();
    write(backend + "/state", "6");
    make_vif(2, 0); // the one before was looked at when this one is placed
    ASSERT_TRUE(eventually([&] { return is_connected(2, 0); }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
}

TEST_F(Vifplugd, ForgetsAVifThatIsGoneAndMakesNoNode) {
    start();
    ip("link delete dev vif1.0");
    remove("/local/domain/0/backend/vif/1");
    EXPECT_TRUE(eventually([&] { return phase("1.0").empty(); }));
    EXPECT_EQ(read("/local/domain/0/backend/vif/1"), std::nullopt);
}

TEST_F(Vifplugd, LeavesAllAsItIsWhenItEndsAndFindsItWhenItStarts) {
    start();
    EXPECT_EQ(stop().status, 0);
    const auto has_carrier = [] { return must(split("cat /sys/class/net/vif1.0/operstate")) == "up\n"; };
    ASSERT_TRUE(eventually(has_carrier)); // of which the kernel tells later than of the rest
    const std::string links = link_picture();
    const std::string nodes = store_picture();
    for (const int signal : {SIGTERM, SIGINT, SIGKILL}) {
        const auto changes = watch("vif1.0", [&] { start(); });
        EXPECT_EQ(changes, std::vector<std::string>());
        EXPECT_EQ(phase("1.0"), "placed");
        (void)stop(signal);
        EXPECT_EQ(link_picture(), links);
        EXPECT_EQ(store_picture(), nodes);
    }
}

TEST_F(Vifplugd, IsOnlyOne) {
    start();
    const Result second = run({program("../../sbin/vifplugd")}, environment());
    EXPECT_EQ(second.status, 1);
    EXPECT_EQ(second.err, "vifplugd: another vifplugd is at work here, process " + std::to_string(daemon_->pid()) +
                              ": one is enough, and two would meet\n");
    EXPECT_EQ(vifplug({"status"}).status, 0);
}

TEST_F(Vifplugd, LooksOnce) {
    const Words once{program("../../sbin/vifplugd"), "--once"};
    const Result good = run(once, environment());
    EXPECT_EQ(good.status, 0) << good.err;
    expect_placed("vif1.0", "xenbr0");
    make_vif(2, 0, "xenbr9");
    const Result bad = run(once, environment());
    EXPECT_EQ(bad.status, 1);
    EXPECT_NE(bad.err.find("vif2.0: bridge='xenbr9': there is no such bridge here"), std::string::npos) << bad.err;
}

TEST_F(Vifplugd, LooksOnceAtAVifWhoseLockSomebodyHadToo) {
    take_lock(1);
    const Result result = run({program("../../sbin/vifplugd"), "--once"}, environment());
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
}

TEST_F(Vifplugd, DoesNotWaitForXenstoredWhenItLooksOnce) {
    begin_to_look_once();
    kill(xenstored_.pid(), SIGKILL);
    const Result result = daemon_->wait();
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find(" xenstore"), std::string::npos) << result.err;
}

TEST_F(Vifplugd, IsNoSuccessWhenItIsEndedBeforeItHasLookedOnce) {
    begin_to_look_once();
    const Result result = stop(SIGTERM);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("ended by a signal"), std::string::npos) << result.err;
}

TEST_F(Vifplugd, WaitsForNothingWhenItLooksOnce) {
    configure("[vifplugd]\npatience = 3600\n");
    write(backend + "/bridge", "xenbr9");
    ip("link add name vif2.0 type bridge"); // which the kernel puts on no bridge
    write_vif(2, 0, "xenbr0");
    const Result result = run({program("../../sbin/vifplugd"), "--once"}, environment());
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(count(result.err, "vif1.0: "), 1) << result.err;
    EXPECT_EQ(count(result.err, "vif2.0: "), 1) << result.err;
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt); // that it waited in vain
    EXPECT_EQ(read(backend_of(2, 0) + "/hotplug-status"), "error");
}

TEST_F(Vifplugd, ItIsAFailureWhenAVifIsRefusedThatItLooksAtOnce) {
    write(backend + "/mtu", "many");
    EXPECT_EQ(run({program("../../sbin/vifplugd"), "--once"}, environment()).status, 1);
}

TEST_F(Vifplugd, SlowsDownInAFight) {
    start();
    std::chrono::steady_clock::time_point begin;
    for (int i = 0; i < 10; ++i) {
        begin = std::chrono::steady_clock::now();
        ip("link set dev vif1.0 nomaster");
        ASSERT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); })) << i;
    }
    ASSERT_TRUE(eventually([&] { return status("1.0").at("vifs").at(0).at("slowed") == true; }));
    ip("link set dev vif1.0 nomaster");
    ASSERT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1)); // since the tenth
    EXPECT_NE(said().find("put back more slowly"), std::string::npos);
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

TEST_F(Vifplugd, TakesAGoodConfigurationAndRefusesABadOne) {
    write(backend + "/script", "/usr/local/bin/nothing");
    start();
    EXPECT_EQ(phase("1.0"), "not ours");
    configure("[vifplugd]\nscripts = 7\n");
    const Result bad = vifplug({"reload"});
    EXPECT_EQ(bad.status, 1);
    EXPECT_NE(bad.err.find("scripts is a number"), std::string::npos) << bad.err;
    EXPECT_NE(said().find("the configuration from before stays"), std::string::npos) << "also in the log";
    EXPECT_EQ(phase("1.0"), "not ours");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    EXPECT_EQ(vifplug({"reload"}).status, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    configure("[vifplugd\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return count(said(), "the configuration from before stays") == 2; }));
    EXPECT_EQ(phase("1.0"), "placed");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return count(said(), "has read") == 2; })) << said();
}

TEST_F(Vifplugd, AConfigurationThatIsNamedHasToBeThere) {
    const Result result =
        run({program("../../sbin/vifplugd"), "--once", "--config", "/run/no-such-file"}, environment());
    EXPECT_NE(result.status, 0);
    EXPECT_NE(result.err.find("--config: File does not exist: /run/no-such-file"), std::string::npos) << result.err;
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Vifplugd, AConfigurationThatIsNamedHasToStayThere) {
    write(backend + "/script", "/usr/local/bin/nothing");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    daemon_.emplace(Words{program("../../sbin/vifplugd"), "--config", configuration}, environment());
    ASSERT_TRUE(eventually([&] { return said().find("looks after") != std::string::npos; })) << said();
    std::filesystem::remove(configuration);
    const Result reload = vifplug({"reload"});
    EXPECT_EQ(reload.status, 1);
    EXPECT_EQ(reload.err, std::string("vifplug: read ") + configuration + ": No such file or directory\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return said().find("the configuration from before stays") != std::string::npos; }));
    EXPECT_EQ(phase("1.0"), "placed");
}

TEST_F(Vifplugd, TheUsualConfigurationMayGo) {
    configure("[vifplugd]\npatience = 1\n");
    start();
    std::filesystem::remove(configuration);
    EXPECT_EQ(vifplug({"reload"}).status, 0);
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

TEST_F(Vifplugd, DoesNotMindAGuestThatWritesGarbage) {
    start();
    write(frontend + "/mtu", std::string(2000, 'x'));
    write(frontend + "/state", "\x01\xff");
    write(frontend + "/backend", "/local/domain/0/backend/vif/../../..");
    write(backend + "/frontend", frontend);
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
    EXPECT_EQ(status("1.0").at("vifs").at(0).at("errors"), 0);
}

/// A guest may write there as much as it likes. Nobody else is served any slower for what is not even heard.
TEST_F(Vifplugd, IsNotWokenByWhatAGuestWritesInItsOwnTree) {
    start();
    const auto times_woken = [&] {
        std::ifstream file("/proc/" + std::to_string(daemon_->pid()) + "/status");
        for (std::string line; std::getline(file, line);)
            if (line.starts_with("voluntary_ctxt_switches:"))
                return line;
        return std::string();
    };
    std::string before = times_woken();
    ASSERT_TRUE(eventually([&] { return std::exchange(before, times_woken()) == before; })); // all was heard
    ASSERT_NE(before, "");
    for (int i = 0; i < 50; ++i)
        write_all({frontend + "/state", "4", frontend + "/mtu", "9000", frontend + "/x" + std::to_string(i), "1"});
    EXPECT_EQ(times_woken(), before);
    EXPECT_EQ(read(frontend + "/mtu"), "9000"); // nor has it been undone meanwhile
}

TEST_F(Vifplugd, WaitsForALockThatSomebodyElseHas) {
    make_vif(2, 0);
    take_lock(20);
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment());
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); })); // nobody else waits
    EXPECT_EQ(seen("vif1.0").master, "");
    kill(holder_->pid(), SIGTERM);
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
}

TEST_F(Vifplugd, RemovesTheBackendInADriverDomain) {
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_EQ(status().at("daemon").at("residence"), "driver-domain");
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Vifplugd, RunsHooksInADriverDomainOnceEachWay) {
    make_hook("echo $command $vif $bridge >>/run/told\n");
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    ip("link set dev vif1.0 nomaster");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    (void)stop();
    start();
    EXPECT_EQ(told(), "online vif1.0 xenbr0\n");
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(told(), "online vif1.0 xenbr0\noffline vif1.0 xenbr0\n");
}

/// As beside xl devd, which removes a backend as soon as it is closed: the next vif of that number comes before the
/// hook of the last one has ended.
TEST_F(Vifplugd, WaitsForAHookThatOutlivesItsBackend) {
    make_hook("echo $command $vif >>/run/told\n[ $command = online ] || until [ -e /run/gate ]; do sleep 0.05; done\n");
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    write(backend + "/online", "0");
    write(backend + "/state", "5");
    const std::string first = "online vif1.0\noffline vif1.0\n";
    EXPECT_TRUE(eventually([&] { return told() == first; }));
    remove("/local/domain/0/backend/vif/1");
    write_vif(1, 0, "xenbr0");
    make_vif(2, 0); // the one before was looked at when this one is placed
    EXPECT_TRUE(eventually([&] { return phase("2.0") == "placed"; }));
    const std::string meanwhile = first + "online vif2.0\n";
    EXPECT_EQ(told(), meanwhile);
    open_gate();
    EXPECT_TRUE(eventually([&] { return told() == meanwhile + "online vif1.0\n" && phase("1.0") == "placed"; }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
    EXPECT_TRUE(is_connected(1, 0));
}

TEST_F(Vifplugd, LooksOnceInADriverDomainWithHooks) {
    make_hook("sleep 0.3\necho $command >>/run/told\n");
    write("/local/domain/0/domid", "5");
    const Result once = run({program("../../sbin/vifplugd"), "--once"}, environment());
    EXPECT_EQ(once.status, 0) << once.err;
    EXPECT_EQ(told(), "online\n");
    EXPECT_TRUE(is_connected(1, 0));
}

/// One that starts a daemon would hand on to it xenstored's and the kernel's events, which nobody would hear.
TEST_F(Vifplugd, GivesHooksNoneOfItsSockets) {
    make_hook("readlink /proc/$$/fd/* >/run/told || :\n");
    write("/local/domain/0/domid", "5");
    start();
    ASSERT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_NE(told(), "");
    EXPECT_EQ(told().find("socket:"), std::string::npos) << told();
}

TEST_F(Vifplugd, RunsAHookThatFailsAgainAndOneAtTheEnd) {
    make_hook("echo $command >>/run/told; [ $(wc -l </run/told) -gt 1 ]\n");
    write("/local/domain/0/domid", "5");
    const auto begin = std::chrono::steady_clock::now();
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
    EXPECT_EQ(told(), "online\nonline\n");
    EXPECT_TRUE(is_connected(1, 0));
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(told(), "online\nonline\noffline\n");
}

TEST_F(Vifplugd, AHookThatGoesOnKeepsNoOtherFromStarting) {
    make_hook("echo $command >>/run/told; until [ -e /run/gate ]; do sleep 0.05; done\n");
    write("/local/domain/0/domid", "5");
    start();
    ASSERT_TRUE(eventually([&] { return told() == "online\n"; }));
    (void)stop();
    start();
    open_gate();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    EXPECT_EQ(told(), "online\n");
}

/// Each takes memory and files of the daemon's while it runs.
TEST_F(Vifplugd, RunsHooksForSoManyVifsAtATime) {
    constexpr int vifs = 40;
    make_hook("mkdir -p /run/at-work/$vif\nuntil [ -e /run/go ]; do sleep 0.1; done\nrmdir /run/at-work/$vif\n"
              "echo $vif >>/run/told\n");
    write("/local/domain/0/domid", "5");
    for (int guest = 2; guest <= vifs; ++guest)
        make_vif(guest, 0);
    const auto at_work = [] {
        const std::filesystem::path directory = "/run/at-work";
        return std::filesystem::exists(directory) ? std::distance(std::filesystem::directory_iterator(directory), {})
                                                  : 0;
    };
    start();
    EXPECT_TRUE(eventually([&] { return at_work() >= 32; }, 30s)) << at_work();
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(at_work(), 32);
    EXPECT_EQ(vifplug({"status"}).status, 0);
    std::ofstream("/run/go") << "";
    EXPECT_TRUE(eventually([&] { return count(told(), "\n") == vifs; }, 30s)) << told();
    for (int guest = 1; guest <= vifs; ++guest)
        EXPECT_TRUE(eventually([&] { return is_connected(guest, 0); })) << guest;
}

TEST_F(Vifplugd, ItsVifBridgesReadTheConfigurationThatWasNamed) {
    make_hook("tr '\\0' '\\n' </proc/$PPID/environ | grep ^VIFPLUG_CONFIG= >>/run/told\n");
    write("/local/domain/0/domid", "5");
    std::ofstream("/run/named.toml") << "[vifplugd]\npatience = 1\n";
    daemon_.emplace(Words{program("../../sbin/vifplugd"), "--config", "/run/named.toml"}, environment());
    ASSERT_TRUE(eventually([&] { return is_connected(1, 0); })) << said();
    EXPECT_EQ(told(), "VIFPLUG_CONFIG=/run/named.toml\n");
}

TEST_F(Vifplugd, LeavesHooksToTheToolstackInDom0) {
    make_hook("echo $command >>/run/told\n");
    start();
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
    EXPECT_TRUE(is_connected(1, 0));
    EXPECT_FALSE(std::filesystem::exists("/run/told"));
}

TEST_F(Vifplugd, PlacesAndKeepsTheTapOfAnEmulatedNic) {
    start();
    make_netdev("vif1.0-emu", "model1.0");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0-emu", "xenbr0"); }));
    ip("link set dev vif1.0-emu nomaster");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0-emu", "xenbr0"); }));
    (void)stop();
    start();
    ip("link set dev vif1.0-emu nomaster");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0-emu", "xenbr0"); }));
    ip("link delete dev vif1.0-emu");
    EXPECT_EQ(phase("1.0"), "placed");
}

TEST_F(Vifplugd, KeepsATapThatHasTheNameOfItsVif) {
    write(backend + "/vifname", "web0");
    start();
    make_netdev("vif1.0-emu", "model1.0");
    ASSERT_TRUE(eventually([&] { return see("web0-emu") && is_placed("web0-emu", "xenbr0"); }));
    for (const char* netdev : {"web0", "web0-emu"}) {
        ip(std::string("link set dev ") + netdev + " nomaster");
        EXPECT_TRUE(eventually([&] { return is_placed(netdev, "xenbr0"); })) << netdev;
    }
    EXPECT_EQ(phase("1.0"), "placed");
    EXPECT_TRUE(is_connected(1, 0));
}

TEST_F(Vifplugd, SaysOnceForABridgeThatAFilterWillDropItsFrames) {
    const char* knob = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if (access(knob, W_OK) != 0)
        GTEST_SKIP() << "this kernel has no br_netfilter";
    must({"/bin/sh", "-c", std::string("echo 1 >") + knob});
    must(split("nft add table ip filter"));
    must({"nft", "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }"});
    make_vif(2, 0);
    start();
    EXPECT_EQ(count(said(), "xenbr0: the guests' frames pass through nft chain ip filter FORWARD"), 1) << said();
}

TEST_F(Vifplugd, GoesOnWhenItIsKilledAmongManyVifs) {
    constexpr int vifs = 12;
    for (int guest = 2; guest < 2 + vifs; ++guest)
        make_vif(guest, 0);
    for (const int reached : {1, 4, 9}) {
        daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment());
        ASSERT_TRUE(eventually([&] { return is_connected(1 + reached, 0); }));
        (void)stop(SIGKILL);
    }
    start();
    for (int guest = 2; guest < 2 + vifs; ++guest) {
        EXPECT_TRUE(is_placed("vif" + std::to_string(guest) + ".0", "xenbr0")) << guest;
        EXPECT_TRUE(is_connected(guest, 0)) << guest;
    }
}

/// More is told than fits: the daemon is stopped meanwhile.
TEST_F(Vifplugd, LooksAtEverythingWhenTheKernelHadMoreToTellThanFits) {
    start();
    halt(daemon_->pid());
    ip("link set dev vif1.0 nomaster");
    {
        std::ofstream batch("/run/batch");
        for (int i = 0; i < 500; ++i)
            batch << "link set dev guest1.0 mtu " << 1400 + i % 2 << "\n";
    }
    ASSERT_TRUE(eventually([&] {
        ip("-batch /run/batch");
        return lost_announcements() > 0;
    }));
    kill(daemon_->pid(), SIGCONT);
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    EXPECT_NE(said().find("the kernel had more to tell than could be heard"), std::string::npos) << said();
}

TEST_F(Vifplugd, WaitsForXenstored) {
    const Variables elsewhere{
        {"XENSTORED_RUNDIR", "/run/store-to-come"}, {"VIFPLUG_RUNDIR", rundir}, {"VIFPLUG_CONFIG", configuration}};
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, elsewhere);
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    EXPECT_TRUE(status().at("daemon").at("residence").is_null());
    const Xenstored late("/run/store-to-come");
    EXPECT_TRUE(eventually([&] { return said().find("looks after 0 vifs") != std::string::npos; })) << said();
    EXPECT_EQ(status().at("daemon").at("residence"), "dom0");
}

TEST_F(Vifplugd, ComesThroughXenstoredsRestart) {
    start();
    const std::string links = link_picture();
    kill(xenstored_.pid(), SIGKILL);
    EXPECT_TRUE(eventually([&] { return status().at("daemon").at("xenstore") == "away"; }));
    EXPECT_EQ(vifplug({"status"}).status, 1);
    EXPECT_EQ(link_picture(), links);
    const Xenstored next(xenstored_.rundir());
    EXPECT_TRUE(eventually([&] { return status().at("daemon").at("xenstore") == "connected"; }));
    EXPECT_EQ(link_picture(), links); // the new store is empty, and the guests run on
    write_vif(1, 0, "xenbr0");
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed" && phase("2.0") == "placed"; }));
    EXPECT_EQ(seen("vif1.0").master, "xenbr0");
}

/// Every dom0 has the device, whether xenstored is there or not.
TEST_F(Vifplugd, WaitsForXenstoredWhereTheKernelsDeviceGivesNoAnswer) {
    const SilentDevice device;
    const Variables elsewhere{
        {"XENSTORED_RUNDIR", "/run/store-to-come"}, {"VIFPLUG_RUNDIR", rundir}, {"VIFPLUG_CONFIG", configuration}};
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, elsewhere);
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    std::this_thread::sleep_for(7s); // longer than any deadline of one look
    const Xenstored late("/run/store-to-come");
    EXPECT_TRUE(eventually([&] { return said().find("looks after 0 vifs") != std::string::npos; })) << said();
}

TEST_F(Vifplugd, ComesThroughXenstoredsRestartWhereTheKernelsDeviceGivesNoAnswer) {
    const SilentDevice device;
    start();
    kill(xenstored_.pid(), SIGKILL);
    ASSERT_TRUE(eventually([&] { return said().find("until xenstored is back") != std::string::npos; })) << said();
    std::this_thread::sleep_for(7s);
    const Xenstored next(xenstored_.rundir());
    ASSERT_TRUE(eventually([&] { return said().find("connected to xenstored again") != std::string::npos; })) << said();
    write_vif(1, 0, "xenbr0");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); })) << said();
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
}

TEST_F(Vifplugd, GoesOnWhenXenstoredWasSlow) {
    start();
    kill(xenstored_.pid(), SIGSTOP);
    ip("link set dev vif1.0 nomaster");
    Running writer({"xenstore-write", backend + "/mtu", "1400"}, environment());
    kill(xenstored_.pid(), SIGCONT);
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0", 1400); }));
}

/// Nobody else asked xenstored meanwhile: it is the writing of the reason that gets no answer.
TEST_F(Vifplugd, GoesOnWhenXenstoredDidNotAnswerInTime) {
    configure("[vifplugd]\npatience = 1\n");
    write(backend + "/bridge", "xenbr7");
    ip("link delete dev vif1.0");
    start();
    ASSERT_TRUE(eventually([&] { return read(backend + "/hotplug-status") == "error"; })) << said();
    halt(xenstored_.pid());
    make_netdev("vif1.0", "guest1.0"); // now it is the bridge that is missing
    EXPECT_TRUE(eventually([&] { return said().find("until xenstored is back") != std::string::npos; })) << said();
    kill(xenstored_.pid(), SIGCONT);
    ip("link add name xenbr7 type bridge");
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); })) << said();
    EXPECT_TRUE(is_placed("vif1.0", "xenbr7"));
}

/// A FIFO that somebody opened and does not read.
class FullPipe {
  public:
    explicit FullPipe(const std::string& path) {
        mkfifo(path.c_str(), 0600);
        end_ = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        const std::string page(4096, 'x');
        while (write(end_, page.data(), page.size()) > 0)
            continue;
    }
    FullPipe(const FullPipe&) = delete;
    FullPipe& operator=(const FullPipe&) = delete;
    ~FullPipe() { close(end_); }

    /// What it has heard so far, beside what it was filled with.
    const std::string& heard() {
        char text[4096];
        for (ssize_t got = 0; (got = read(end_, text, sizeof text)) > 0;)
            for (const char c : std::string_view(text, static_cast<std::size_t>(got)))
                if (c != 'x' || !heard_.empty())
                    heard_ += c;
        return heard_;
    }

  private:
    int end_ = -1;
    std::string heard_;
};

TEST_F(Vifplugd, AStderrThatNobodyReadsHoldsUpNoGuest) {
    FullPipe pipe("/run/pipe");
    daemon_.emplace(Words{"/bin/sh", "-c", "exec " + program("../../sbin/vifplugd") + " 2>/run/pipe"}, environment());
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    ASSERT_EQ(vifplug({"status"}).status, 0);
    EXPECT_EQ(pipe.heard(), "");
    make_vif(3, 0);
    EXPECT_TRUE(eventually([&] { return pipe.heard().find("vif3.0: added to xenbr0") != std::string::npos; }));
    EXPECT_EQ(pipe.heard().find("vifplugd: 3 lines were lost here, since nobody read them\nvifplugd: vif3.0: "), 0U)
        << pipe.heard();
    EXPECT_EQ(stop().status, 0);
}

TEST_F(Vifplugd, ItEndsThoughNobodyReadsItsStderr) {
    const FullPipe pipe("/run/pipe");
    daemon_.emplace(Words{"/bin/sh", "-c", "exec " + program("../../sbin/vifplugd") + " 2>/run/pipe"}, environment());
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_EQ(stop().status, 0);
}

TEST_F(Vifplugd, ASyslogThatNobodyReadsHoldsUpNoGuest) {
    Syslog syslog;
    syslog.fill();
    start();
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    ASSERT_EQ(vifplug({"status"}).status, 0); // so its line was written, too
    while (!syslog.next().empty())
        continue;
    make_vif(3, 0);
    EXPECT_TRUE(eventually([&] { return said().find("vif3.0: added") != std::string::npos; }));
    const std::string lost = syslog.next();
    EXPECT_NE(lost.find("]: 3 lines were lost here, since nobody read them"), std::string::npos) << lost;
    const std::string line = syslog.next();
    EXPECT_EQ(line.find("<30>"), 0U) << line; // daemon.info
    EXPECT_NE(line.find(" vifplugd["), std::string::npos) << line;
    EXPECT_NE(line.find("]: vif3.0: added to xenbr0, MTU 1500"), std::string::npos) << line;
}

/// What systemd hears.
class Manager {
  public:
    Manager() : end_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address{AF_UNIX, "/run/manager"};
        EXPECT_EQ(bind(end_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() { close(end_); }

    /// Signs of life come seldom enough that all the rest fits when nobody listens (net.unix.max_dgram_qlen).
    Variables added_to(Variables environment, const std::string& watchdog_usec = "7200000000") const {
        environment["NOTIFY_SOCKET"] = "/run/manager";
        environment["WATCHDOG_USEC"] = watchdog_usec;
        return environment;
    }

    bool has_heard(const std::string& word) {
        char text[4096];
        for (ssize_t got = 0; (got = recv(end_, text, sizeof text, MSG_DONTWAIT)) > 0;)
            heard_ += std::string(text, static_cast<std::size_t>(got)) + "\n";
        return heard_.find(word + "\n") != std::string::npos;
    }

    const std::string& heard() const { return heard_; }

  private:
    int end_;
    std::string heard_;
};

TEST_F(Vifplugd, TellsTheServiceManagerThatItIsReadyAndAlive) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment()));
    EXPECT_TRUE(eventually([&] {
        return manager.has_heard("READY=1") && manager.has_heard("STATUS=looks after 1 vifs") &&
               manager.has_heard("WATCHDOG=1");
    })) << manager.heard();
    configure("[vifplugd\n");
    EXPECT_EQ(vifplug({"reload"}).status, 1);
    EXPECT_EQ(stop().status, 0);
    EXPECT_TRUE(manager.has_heard("STOPPING=1"));
    const std::string& heard = manager.heard();
    EXPECT_LT(heard.find("RELOADING=1"), heard.rfind("READY=1")) << heard;
    EXPECT_LT(heard.rfind("READY=1"), heard.find("STOPPING=1")) << heard;
}

TEST_F(Vifplugd, GivesSignsOfLifeAgainAndAgain) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment(), "100000"));
    EXPECT_TRUE(eventually([&] { return manager.has_heard("WATCHDOG=1\nWATCHDOG=1"); })) << manager.heard();
}

/// WatchdogSec=2h in a drop-in of the unit's: more microseconds than 32 bits have.
TEST_F(Vifplugd, ASeldomSignOfLifeIsGivenToo) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment(), "7200000000"));
    EXPECT_TRUE(eventually([&] { return manager.has_heard("WATCHDOG=1"); })) << manager.heard();
}

/// What is ordered behind it would be started too early.
TEST_F(Vifplugd, IsNotReadyBecauseItReloads) {
    Manager manager;
    const Variables elsewhere{
        {"XENSTORED_RUNDIR", "/run/store-to-come"}, {"VIFPLUG_RUNDIR", rundir}, {"VIFPLUG_CONFIG", configuration}};
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(elsewhere));
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    EXPECT_EQ(vifplug({"reload"}).status, 0);
    EXPECT_FALSE(manager.has_heard("READY=1")) << manager.heard();
    const Xenstored late("/run/store-to-come");
    EXPECT_TRUE(eventually([&] { return manager.has_heard("READY=1"); }));
}

} // namespace
} // namespace vifplug::test
