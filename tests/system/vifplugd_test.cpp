// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon in a dom0 with a real xenstored: it places every vif, and keeps it in its place.
#include "system/link_watch.hpp"
#include "system/vifplugd_world.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <unistd.h>

namespace vifplug::test {
namespace {

/// Of what the kernel had to tell the daemon: it is the only one in this network namespace that listens for long.
long lost_announcements(pid_t daemon) {
    std::ifstream sockets("/proc/" + std::to_string(daemon) + "/net/netlink");
    std::string line;
    std::getline(sockets, line);
    const Words titles = split(line);
    const auto column = std::find(titles.begin(), titles.end(), "Drops") - titles.begin();
    long lost = 0;
    while (std::getline(sockets, line))
        lost += std::stol(split(line).at(static_cast<std::size_t>(column)));
    return lost;
}

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
    ASSERT_NE(times_woken(), "");
    // The kernel tells of the netdevs' carriers for a while, and wakes it: once in a while, and not each time.
    EXPECT_TRUE(eventually([&] {
        const std::string before = times_woken();
        for (int i = 0; i < 50; ++i)
            write_all({frontend + "/state", "4", frontend + "/mtu", "9000", frontend + "/x" + std::to_string(i), "1"});
        return times_woken() == before;
    }));
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
        return lost_announcements(daemon_->pid()) > 0;
    }));
    kill(daemon_->pid(), SIGCONT);
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    EXPECT_NE(said().find("the kernel had more to tell than could be heard"), std::string::npos) << said();
}

} // namespace
} // namespace vifplug::test
