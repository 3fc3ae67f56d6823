// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/network_manager.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const UplinkNames veth{.netdev = "eth0",
                       .nic = "peth0",
                       .holder = "eth0",
                       .holder_is_bridge = false,
                       .left_out = {"peth0", "vif0.0", "xenbr0"}};

TEST(Networkd, IsKeptOffTheLinks) {
    const std::string text = networkd_unmanaged(veth.left_out);
    EXPECT_NE(text.find("\n[Match]\nName=peth0 vif0.0 xenbr0\n\n[Link]\nUnmanaged=yes\n"), std::string::npos) << text;
}

TEST(Networkd, ConfiguresTheHolderLikeTheNicButNotTheNic) {
    const std::string own = "# ours\n[Match]\nMACAddress=00:16:3e:00:00:01\nType=ether\n[Network]\nDHCP=ipv4\n";
    const std::string text = networkd_holder(veth, own, 471760684);
    EXPECT_NE(
        text.find("\n[Match]\nName=eth0\nKind=veth\n\n# ours\n[Network]\nDHCP=ipv4\n\n[DHCPv4]\nIAID=471760684\n"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("MACAddress"), std::string::npos);
    EXPECT_EQ(text.find("Type="), std::string::npos);
    UplinkNames bridge = veth;
    bridge.holder = "xenbr0";
    bridge.holder_is_bridge = true;
    EXPECT_NE(networkd_holder(bridge, own, {}).find("Name=xenbr0\nKind=bridge\n"), std::string::npos);
    EXPECT_EQ(networkd_holder(bridge, own, {}).find("IAID"), std::string::npos);
}

TEST(Networkd, TheIdentityOfALeaseIsRead) {
    EXPECT_EQ(iaid_of_lease("ADDRESS=192.0.2.7\nCLIENTID=ff1c1e7f2c00020000ab110033bdebf95e192c\n"), 0x1c1e7f2cU);
    EXPECT_EQ(iaid_of_lease("CLIENTID=0100163eaa0001\n"), std::nullopt); // ClientIdentifier=mac
    EXPECT_EQ(iaid_of_lease("CLIENTID=ff1c1e\n"), std::nullopt);
    EXPECT_EQ(iaid_of_lease("CLIENTID=ff1c1e7fxx0002\n"), std::nullopt);
    EXPECT_EQ(iaid_of_lease(""), std::nullopt);
}

TEST(NetworkManagerConf, KeepsOffTheLinksByName) {
    const std::string text = network_manager_unmanaged(veth.left_out);
    EXPECT_NE(text.find("\n[keyfile]\nunmanaged-devices+=interface-name:=peth0;interface-name:=vif0.0;"
                        "interface-name:=xenbr0\n"),
              std::string::npos)
        << text;
}

TEST(KeyValueLines, AreReadByTheWholeKey) {
    EXPECT_EQ(value_of("XADMIN_STATE=a\nADMIN_STATE=configured\n", "ADMIN_STATE"), "configured");
    EXPECT_EQ(value_of("ADMIN_STATES=a", "ADMIN_STATE"), "");
}

TEST(Ifupdown, KnowsAnInterfaceByItsOwnName) {
    EXPECT_TRUE(ifupdown_names("lo=lo\neth0=home\n", "eth0"));
    EXPECT_TRUE(ifupdown_names("auto lo\niface eth0 inet dhcp\n", "eth0"));
    EXPECT_FALSE(ifupdown_names("lo=lo\neth0.100=eth0.100\n", "eth0"));
    EXPECT_FALSE(ifupdown_names("auto eth0\n", "eth0"));
    EXPECT_FALSE(ifupdown_names("", "eth0"));
}

} // namespace
} // namespace vifplug
