// SPDX-License-Identifier: LGPL-2.1-or-later
//
// mtu=: whose it is, and what the guest hears.
#include "system/link_watch.hpp"
#include "system/vif_world.hpp"

namespace vifplug::test {
namespace {

using VifMtu = VifWorld;

TEST_F(VifMtu, M1_the_bridges_mtu_by_default) {
    make_netdev("nic0", "wire0");
    ip("link set dev nic0 mtu 9000 master xenbr0 up");
    ASSERT_EQ(seen("xenbr0").mtu, 9000u);
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0", 9000);
    EXPECT_EQ(seen("xenbr0").mtu, 9000u);
}

TEST_F(VifMtu, M2_the_configured_one_wins) {
    write(backend + "/mtu", "9000");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0", 9000);
}

TEST_F(VifMtu, M3_the_guest_is_told_what_the_device_really_has) {
    ip("link delete dev vif1.0");
    ip("tuntap add mode tap name vif1.0"); // takes 65521 at the most
    write(backend + "/mtu", "65535");
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("set the MTU of vif1.0 to 65535: Invalid argument"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(", continuing"), std::string::npos);
    EXPECT_EQ(seen("vif1.0").mtu, 1500u);
    EXPECT_EQ(read(frontend + "/mtu"), "1500");
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifMtu, M4_empty_and_zero_mean_the_bridges) {
    for (const char* none : {"", "0"}) {
        write(backend + "/mtu", none);
        EXPECT_EQ(online().status, 0);
        expect_placed("vif1.0", "xenbr0", 1500);
        ASSERT_EQ(offline().status, 0);
    }
}

TEST_F(VifMtu, M4_what_is_no_mtu_is_refused) {
    const std::string before = link_picture();
    for (const std::string bad : {"abc", "-1", "67", "65536", "65000000", "1500 "}) {
        write(backend + "/mtu", bad);
        expect_refused(online(), "mtu='" + bad + "': a number from 68 to 65535, or 0 for the bridge's");
        EXPECT_EQ(link_picture(), before);
        EXPECT_EQ(read(frontend + "/mtu"), std::nullopt);
    }
}

TEST_F(VifMtu, M6_the_bridge_never_shrinks_to_the_vifs_mtu) {
    make_netdev("nic0", "wire0");
    ip("link set dev nic0 mtu 9000 master xenbr0 up");
    for (const std::string& line : watch("xenbr0", [&] { EXPECT_EQ(online().status, 0); }))
        EXPECT_NE(line.find("mtu 9000"), std::string::npos) << line;
    expect_placed("vif1.0", "xenbr0", 9000);
}

TEST_F(VifMtu, AnMtuThatIpv6CanDoWithBringsNoAddress) {
    ip("link set dev vif1.0 mtu 1000");
    write(backend + "/mtu", "1500");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
    ip("link set dev vif1.0 mtu 1000");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifMtu, ANewMtuOfTheBridgeReachesAVifInUseAndItsGuest) {
    ASSERT_EQ(online().status, 0);
    ip("link set dev xenbr0 mtu 1400");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0", 1400);
}

} // namespace
} // namespace vifplug::test
