// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Real DHCP clients found, stopped and started, one step at a time; network_bridge_dhcp_test has the whole way.
#include "system/dhcp_clients.hpp"

#include "core/error.hpp"
#include "system/dhcp_world.hpp"
#include "system/program.hpp"

namespace vifplug::test {
namespace {

class DhcpClients : public DhcpWorld {
  protected:
    /// The one client there is; stopped, the lease and the address have to stay.
    DhcpClient stop_the_only_one() {
        const std::vector<DhcpClient> found = find_dhcp_clients("eth0");
        EXPECT_EQ(found.size(), 1u);
        const std::string address = leased_address();
        stop_keeping_configuration(found.at(0), deadline_);
        EXPECT_TRUE(find_dhcp_clients("eth0").empty());
        EXPECT_EQ(links_with(address), std::vector<std::string>{"eth0"});
        EXPECT_EQ(said_by_server("DHCPRELEASE"), 0);
        stop_keeping_configuration(found.at(0), deadline_); // and again: nothing
        return found.at(0);
    }

    void start_again(const DhcpClient& client) {
        const DhcpTarget back{.netdev = "eth0", .ports = {}, .bridges = {}, .manager_configuration = ""};
        const std::vector<DhcpClient> stopped{client};
        for (const DhcpStart& start : to_be_started(stopped, back)) {
            start_dhcp_client(start, deadline_);
            EXPECT_EQ(find_dhcp_clients("eth0").size(), 1u);
            start_dhcp_client(start, deadline_); // and again: nothing
            EXPECT_EQ(find_dhcp_clients("eth0").size(), 1u);
        }
        expect_renewals(1, "eth0");
    }

    Deadline deadline_{std::chrono::seconds(200)}; // from before the network is there
};

TEST_F(DhcpClients, DhclientIsStoppedWithItsConfigurationKept) {
    start_dhclient();
    start_again(stop_the_only_one());
}

TEST_F(DhcpClients, DhcpcdIsStoppedWithItsConfigurationKeptThoughItIsNotPersistent) {
    start_dhcpcd("eth0");
    const DhcpClient client = stop_the_only_one();
    EXPECT_EQ(client.arguments, (Words{"-b", "-f", "/run/test-dhcpcd.conf", "eth0"}));
    start_again(client);
}

TEST_F(DhcpClients, DhcpcdsManagerIsStoppedWithItsConfigurationKept) {
    start_dhcpcd("");
    start_again(stop_the_only_one());
}

TEST_F(DhcpClients, OneOfAnotherNetworkNamespaceIsNotFound) {
    must(split("ip netns add other"));
    must(split("ip -n other link add name eth0 type bridge"));
    must(split("ip -n other link set dev eth0 up"));
    must(split("ip netns exec other dhclient -nw -pf /run/other.pid -lf /run/other.leases eth0"),
         {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}});
    ASSERT_TRUE(eventually("it runs", [] { return !command_lines("dhclient").empty(); }));
    EXPECT_TRUE(find_dhcp_clients("eth0").empty());
}

TEST_F(DhcpClients, OneThatHasTheNumberOfAnotherNowIsNotStopped) {
    start_dhclient();
    DhcpClient client = find_dhcp_clients("eth0").at(0);
    ++client.started;
    stop_keeping_configuration(client, deadline_);
    EXPECT_EQ(find_dhcp_clients("eth0").size(), 1u);
}

TEST_F(DhcpClients, OneThatCannotStartSaysWhy) {
    const DhcpStart start{
        DhcpProgram::dhclient, "/usr/sbin/dhclient", {"-nw", "-pf", "/run/x.pid", "nosuch"}, "nosuch", {}};
    try {
        start_dhcp_client(start, deadline_);
        FAIL() << "it started";
    } catch (const ProgramFailed& failure) {
        EXPECT_STREQ(failure.what(), "/usr/sbin/dhclient: exit status 1: Cannot find device \"nosuch\"");
    }
    EXPECT_THROW(start_dhcp_client({DhcpProgram::dhclient, "/nosuch", {}, "eth0", {}}, deadline_), Error);
}

} // namespace
} // namespace vifplug::test
