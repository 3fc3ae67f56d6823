// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Who configures a NIC, from what they leave below /run; network_bridge_dhcp_test has a networkd that runs.
#include "system/network_managers.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace vifplug::test {
namespace {

void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

const UplinkNames other_name{
    .netdev = "eth0", .nic = "peth0", .holder = "xenbr0", .holder_is_bridge = true, .left_out = {"peth0"}};

TEST(NetworkManagers, NobodyIsNobody) {
    EXPECT_TRUE(managers_of("eth0", 2).empty());
    const Deadline deadline(std::chrono::seconds(5));
    EXPECT_TRUE(tell_after_stop(other_name, deadline).empty());
}

TEST(NetworkManagers, OneThatHasEndedIsNotThereWhateverItLeft) {
    write("/run/systemd/netif/links/2", "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/eth0.network\n");
    write("/run/NetworkManager/devices/2", "[device]\nmanaged=true\n");
    EXPECT_TRUE(managers_of("eth0", 2).empty());
}

TEST(NetworkManagers, IfupdownHearsNothingButItsOperatorDoes) {
    write("/run/network/ifstate", "lo=lo\neth0=eth0\n");
    const auto managers = managers_of("eth0", 2);
    ASSERT_EQ(managers.size(), 1u);
    EXPECT_EQ(managers[0].kind, NetworkManagerKind::ifupdown);
    EXPECT_TRUE(managers_of("eth1", 3).empty());
    const Deadline deadline(std::chrono::seconds(5));
    EXPECT_EQ(tell_before_start(managers, other_name, deadline),
              Sentences{"ifupdown has eth0 up, whose addresses xenbr0 gets: ifdown and ifup will not find them until "
                        "network-bridge stop"});
    UplinkNames same_name = other_name;
    same_name.holder = "eth0";
    EXPECT_TRUE(tell_before_start(managers, same_name, deadline).empty());
}

TEST(NetworkManagers, FilesOfOursGoThoughNobodyRuns) {
    write("/run/systemd/network/00-vifplug-eth0-ports.network", "[Match]\nName=peth0\n");
    write("/run/systemd/network/10-other.network", "[Match]\nName=eth1\n");
    write("/run/NetworkManager/conf.d/vifplug-eth0.conf", "");
    const Deadline deadline(std::chrono::seconds(5));
    EXPECT_TRUE(tell_after_stop(other_name, deadline).empty());
    EXPECT_FALSE(std::filesystem::exists("/run/systemd/network/00-vifplug-eth0-ports.network"));
    EXPECT_FALSE(std::filesystem::exists("/run/NetworkManager/conf.d/vifplug-eth0.conf"));
    EXPECT_TRUE(std::filesystem::exists("/run/systemd/network/10-other.network"));
}

} // namespace
} // namespace vifplug::test
