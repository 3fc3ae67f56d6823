// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon while xenstored is away, starts anew, or is slow.
#include "support/silent_device.hpp"
#include "system/vifplugd_world.hpp"

#include <csignal>
#include <thread>

namespace vifplug::test {
namespace {

using namespace std::chrono_literals;

/// Longer than any deadline of one look, none of which may end the daemon. The clock has the say: the daemon is silent
/// when a deadline passes, and tries that are sure to outlast one take no less time.
constexpr auto longer_than_a_deadline = 7s;

TEST_F(Vifplugd, WaitsForXenstored) {
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment_before_xenstored());
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    EXPECT_TRUE(status().at("daemon").at("residence").is_null());
    const Xenstored late(store_to_come);
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
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment_before_xenstored());
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    std::this_thread::sleep_for(longer_than_a_deadline);
    const Xenstored late(store_to_come);
    EXPECT_TRUE(eventually([&] { return said().find("looks after 0 vifs") != std::string::npos; })) << said();
}

TEST_F(Vifplugd, ComesThroughXenstoredsRestartWhereTheKernelsDeviceGivesNoAnswer) {
    const SilentDevice device;
    start();
    kill(xenstored_.pid(), SIGKILL);
    ASSERT_TRUE(eventually([&] { return said().find("until xenstored is back") != std::string::npos; })) << said();
    std::this_thread::sleep_for(longer_than_a_deadline);
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

} // namespace
} // namespace vifplug::test
