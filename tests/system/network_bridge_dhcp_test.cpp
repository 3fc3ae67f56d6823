// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host that leases its address keeps it: on one link, after every renewal, while network-bridge has the NIC and
// after. Each test takes half a minute of waiting for renewals.
#include "system/dhcp_world.hpp"

#include <iostream>
#include <sstream>

namespace vifplug::test {
namespace {

class NetworkBridgeDhcp : public DhcpWorld {
  protected:
    /// Through start, three renewals, stop and three renewals.
    void through_start_and_stop(const std::string& words, const std::string& holder) {
        network_bridge("start netdev=eth0" + words);
        EXPECT_EQ(links_with(leased_address()), std::vector<std::string>{holder});
        expect_renewals(3, holder);
        during_ = client_lines();
        network_bridge("stop netdev=eth0");
        EXPECT_EQ(links_with(leased_address()), std::vector<std::string>{"eth0"});
        expect_renewals(3, "eth0");
        EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
        EXPECT_EQ(said_by_server("DHCPNAK"), 0);
        EXPECT_EQ(said_by_server("DHCPDECLINE"), 0);
    }

    static std::vector<std::string> client_lines() {
        std::vector<std::string> lines = command_lines("dhclient");
        for (const std::string& title : command_lines("dhcpcd"))
            if (!title.starts_with("dhcpcd: [") || title.starts_with("dhcpcd: [manager]")) // not its helpers
                lines.push_back(title);
        return lines;
    }

    /// The clients that ran between start and stop.
    std::vector<std::string> during_;
};

using Lines = std::vector<std::string>;

TEST_F(NetworkBridgeDhcp, DhclientIsLeftAloneBehindAVethPair) {
    start_dhclient();
    const Lines before = client_lines();
    through_start_and_stop("", "eth0");
    EXPECT_EQ(during_, before);
    EXPECT_EQ(client_lines(), before);
}

TEST_F(NetworkBridgeDhcp, DhclientIsLeftAloneOnABridgeOfItsName) {
    start_dhclient();
    const Lines before = client_lines();
    through_start_and_stop(" topology=bridge", "eth0");
    EXPECT_EQ(during_, before);
    EXPECT_EQ(client_lines(), before);
}

TEST_F(NetworkBridgeDhcp, DhclientMovesToABridgeOfAnotherNameAndBack) {
    start_dhclient();
    through_start_and_stop(" topology=bridge bridge=xenbr0", "xenbr0");
    const std::string command =
        "/usr/sbin/dhclient -nw -4 -i -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases -I ";
    EXPECT_EQ(during_, Lines{command + "xenbr0"});
    EXPECT_EQ(client_lines(), Lines{command + "eth0"});
}

TEST_F(NetworkBridgeDhcp, DhclientBegunOnTheHolderMovesToTheNic) {
    network_bridge("start netdev=eth0");
    start_dhclient(); // its packet socket is on a link that goes
    network_bridge("stop netdev=eth0");
    expect_renewals(2, "eth0");
    EXPECT_EQ(client_lines().size(), 1u);
}

TEST_F(NetworkBridgeDhcp, DhcpcdGoesOnBehindAVethPair) {
    start_dhcpcd("eth0");
    through_start_and_stop("", "eth0");
    EXPECT_EQ(during_, Lines{"dhcpcd: eth0 [ip4]"});
    EXPECT_EQ(client_lines(), Lines{"dhcpcd: eth0 [ip4]"});
}

TEST_F(NetworkBridgeDhcp, DhcpcdGoesOnOnABridgeOfItsName) {
    start_dhcpcd("-4 eth0");
    through_start_and_stop(" topology=bridge", "eth0");
    EXPECT_EQ(during_, Lines{"dhcpcd: eth0 [ip4]"});
    EXPECT_EQ(client_lines(), Lines{"dhcpcd: eth0 [ip4]"});
}

TEST_F(NetworkBridgeDhcp, DhcpcdMovesToABridgeOfAnotherNameAndBack) {
    start_dhcpcd("eth0");
    through_start_and_stop(" topology=bridge bridge=xenbr0", "xenbr0");
    EXPECT_EQ(during_, Lines{"dhcpcd: xenbr0 [ip4]"});
    EXPECT_EQ(client_lines(), Lines{"dhcpcd: eth0 [ip4]"});
}

TEST_F(NetworkBridgeDhcp, DhcpcdsManagerKeepsOffTheNicBehindAVethPair) {
    start_dhcpcd("");
    through_start_and_stop("", "eth0");
    EXPECT_EQ(during_, Lines{"dhcpcd: [manager] [ip4]"});
    EXPECT_EQ(client_lines(), Lines{"dhcpcd: [manager] [ip4]"});
}

TEST_F(NetworkBridgeDhcp, DhcpcdsManagerServesABridge) {
    start_dhcpcd("");
    through_start_and_stop(" topology=bridge bridge=xenbr0", "xenbr0");
    EXPECT_EQ(during_, Lines{"dhcpcd: [manager] [ip4]"});
    EXPECT_EQ(client_lines(), Lines{"dhcpcd: [manager] [ip4]"});
}

class NetworkdDhcp : public NetworkBridgeDhcp {
  protected:
    void SetUp() override {
        NetworkBridgeDhcp::SetUp();
        if (!IsSkipped())
            start_networkd();
    }

    void TearDown() override {
        if (HasFailure())
            std::cerr << run(split("networkctl --no-pager list")).out;
    }

    /// What networkd does about the link: "configured", "unmanaged".
    static std::string state_of(const std::string& link) {
        std::istringstream lines(must(split("networkctl --no-pager --no-legend list")));
        for (std::string line; std::getline(lines, line);)
            if (const Words fields = split(line); fields.size() == 5 && fields[1] == link) // index, type, operation
                return fields[4];
        return "not there";
    }

    static bool exists(const std::string& link) { return run(split("ip link show dev " + link)).status == 0; }

    /// network-bridge with these words, of which networkd hears nothing until it is asked for something.
    void with_a_late_networkd(const std::string& words, const std::function<bool()>& and_until) {
        halt_networkd();
        network_bridge(words, [&] {
            eventually("network-bridge asks networkd", [] { return !command_lines("networkctl").empty(); });
            eventually("and the moment has come", and_until);
            let_networkd_go_on();
        });
    }

    void through_late_start_and_stop(const std::string& words, const std::function<bool()>& and_until) {
        with_a_late_networkd("start netdev=eth0" + words, and_until);
        EXPECT_EQ(links_with(leased_address()), Lines{"eth0"});
        EXPECT_EQ(state_of("peth0"), "unmanaged");
        expect_renewals(2, "eth0");
        EXPECT_EQ(state_of("eth0"), "configured");
        with_a_late_networkd("stop netdev=eth0", [] { return true; });
        EXPECT_EQ(links_with(leased_address()), Lines{"eth0"});
        expect_renewals(2, "eth0");
        EXPECT_EQ(state_of("eth0"), "configured");
        EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
    }
};

TEST_F(NetworkdDhcp, GoesOnBehindAVethPair) {
    network_bridge("start netdev=eth0");
    expect_renewals(3, "eth0");
    EXPECT_EQ(state_of("eth0"), "configured");
    for (const char* port : {"peth0", "vif0.0", "xenbr0"})
        EXPECT_EQ(state_of(port), "unmanaged") << port;
    EXPECT_EQ(said_by_server("fe:ff:ff:ff:ff:ff"), 0); // nobody asked for a lease with that
    network_bridge("stop netdev=eth0");
    expect_renewals(3, "eth0");
    EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
}

TEST_F(NetworkdDhcp, GoesOnOnABridgeOfItsName) {
    network_bridge("start netdev=eth0 topology=bridge");
    expect_renewals(3, "eth0");
    EXPECT_EQ(state_of("eth0"), "configured");
    EXPECT_EQ(state_of("peth0"), "unmanaged");
    network_bridge("stop netdev=eth0");
    expect_renewals(3, "eth0");
    EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
}

TEST_F(NetworkdDhcp, MovesToABridgeOfAnotherNameAndBack) {
    network_bridge("start netdev=eth0 topology=bridge bridge=xenbr0");
    expect_renewals(3, "xenbr0");
    EXPECT_EQ(state_of("xenbr0"), "configured");
    EXPECT_EQ(state_of("peth0"), "unmanaged");
    network_bridge("stop netdev=eth0");
    expect_renewals(3, "eth0");
    EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
}

TEST_F(NetworkdDhcp, GoesOnBehindAVethPairThoughItHearsLate) {
    // The holder has its carrier before its name, so that this is no reason for networkd to look at it.
    through_late_start_and_stop(
        "", [] { return must(split("ip link show dev vifplug")).find("state UP") != std::string::npos; });
}

TEST_F(NetworkdDhcp, GoesOnOnABridgeOfItsNameThoughItHearsLate) {
    through_late_start_and_stop(" topology=bridge", [] { return true; });
}

} // namespace
} // namespace vifplug::test
