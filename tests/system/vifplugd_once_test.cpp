// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon that looks once and ends.
#include "system/vifplugd_world.hpp"

#include <csignal>

namespace vifplug::test {
namespace {

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

} // namespace
} // namespace vifplug::test
