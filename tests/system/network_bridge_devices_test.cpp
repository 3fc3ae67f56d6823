// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What network-bridge does with NICs that are more than a NIC: bonds, VLANs, NICs with VLANs on them.
#include "support/command.hpp"
#include "support/eventually.hpp"
#include "support/link_local.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <numeric>
#include <sstream>

namespace vifplug::test {
namespace {

const std::string host_mac = "00:16:3e:aa:00:01";

std::string program() {
    const char* directory = std::getenv("VIFPLUG_TEST_LIBEXEC");
    return std::string(directory == nullptr ? VIFPLUG_STAGED_LIBEXEC : directory) + "/network-bridge";
}

/// A host, and a network namespace "wire" that is all it can reach.
class NetworkBridgeDevices : public testing::Test {
  protected:
    NetworkBridgeDevices() {
        must(split("ip netns add wire"));
        must(split("ip link set dev lo up"));
    }

    /// A veth pair, up; the other end is in the wire.
    static void add_cable(const std::string& name, const std::string& mac, const std::string& end) {
        must(split("ip link add name " + name + " address " + mac + " type veth peer name " + end + " netns wire"));
        must(split("ip link set dev " + name + " up"));
        must(split("ip -n wire link set dev " + end + " up"));
    }

    /// False where the kernel has no such kind of link.
    static bool can_add(const std::string& words) {
        const Result result = run(split("ip link add " + words));
        if (result.status == 0)
            return true;
        EXPECT_NE(result.err.find("Unknown device type"), std::string::npos) << result.err;
        return false;
    }

    static void give_address(const std::string& link, const std::string& net, const std::string& host) {
        must(split("ip address add 192.0." + net + "." + host + "/24 dev " + link));
        must(split("ip address add 2001:db8:" + net + "::" + host + "/64 nodad dev " + link));
    }

    static void give_wire_address(const std::string& link, const std::string& net) {
        must(split("ip -n wire address add 192.0." + net + ".1/24 dev " + link));
        must(split("ip -n wire address add 2001:db8:" + net + "::1/64 nodad dev " + link));
    }

    static void start(const std::string& words) { network_bridge("start " + words); }
    static void stop(const std::string& words) { network_bridge("stop " + words); }

    static bool reaches(const std::string& net) {
        return answers("192.0." + net + ".1") && answers("2001:db8:" + net + "::1");
    }

    /// Links, addresses, routes and neighbours of the host, as ip prints them, once every address is there to stay.
    static std::string everything() {
        wait_for_own_addresses();
        return links() + must(split("ip address show")) + routes() + must(split("ip neighbour show nud permanent"));
    }

    /// Sorted: those of one network are in the order of making, and a NIC that was down has made its own anew.
    static std::string routes() {
        return sorted(must(split("ip -4 route show table all")) + must(split("ip -6 route show table all")));
    }

    static std::string sorted(const std::string& lines) {
        std::istringstream in(lines);
        std::vector<std::string> list;
        for (std::string line; std::getline(in, line);)
            list.push_back(line + "\n");
        std::sort(list.begin(), list.end());
        return std::accumulate(list.begin(), list.end(), std::string());
    }

    static std::string links() { return must(split("ip -details link show")); }

    static std::string attribute(const std::string& link, const std::string& name) {
        return must(split("cat /sys/class/net/" + link + "/" + name));
    }

    static std::string ports(const std::string& bridge) { return must(split("ls /sys/class/net/" + bridge + "/brif")); }

    static bool is_there(const std::string& link) { return run(split("ip link show dev " + link)).status == 0; }

    /// Netdevs with an IPv4 address, which each have an IPv6 address of their own.
    static void wait_for_own_addresses() {
        std::istringstream list(must(split("ip -brief -4 address show scope global up")));
        for (std::string line; std::getline(list, line);)
            await_link_local_address(line.substr(0, line.find_first_of(" @")));
    }

  private:
    static void network_bridge(const std::string& words) {
        must(split(program() + " " + words), {{"VIFPLUG_RUNDIR", "/run/vifplug-test"}});
    }

    static bool answers(const std::string& address) {
        for (int tries = 0; tries < 3; ++tries)
            if (run(split("ping -n -c 1 -W 2 " + address)).status == 0)
                return true;
        return false;
    }
};

class BondedNics : public NetworkBridgeDevices {
  protected:
    /// bond0 of cables s0 and s1, which end at one switch with the remote host on it.
    static bool add_bond(const std::string& options) {
        if (!can_add("name bond0 address " + host_mac + " type bond mode active-backup miimon 50 " + options))
            return false;
        must(split("ip -n wire link add name switch type bridge"));
        must(split("ip -n wire link set dev switch up"));
        for (const std::string number : {"0", "1"}) {
            add_cable("s" + number, "00:16:3e:aa:01:0" + number, "w" + number);
            must(split("ip -n wire link set dev w" + number + " master switch"));
            must(split("ip link set dev s" + number + " down"));
            must(split("ip link set dev s" + number + " master bond0"));
        }
        must(split("ip link set dev bond0 up"));
        give_address("bond0", "2", "10");
        give_wire_address("switch", "2");
        must(split("ip route add default via 192.0.2.1 dev bond0 metric 50"));
        must(split("ip route add default via 2001:db8:2::1 dev bond0 metric 50"));
        EXPECT_TRUE(eventually([] { return reaches("2"); }));
        return true;
    }

    static std::string slaves(const std::string& bond) { return attribute(bond, "bonding/slaves"); }

    /// One cable is cut, the other does.
    static void expect_fail_over(const std::string& bond) {
        const std::string active = attribute(bond, "bonding/active_slave");
        const std::string end = active.starts_with("s0") ? "w0" : "w1";
        must(split("ip -n wire link set dev " + end + " down"));
        EXPECT_TRUE(eventually([&] { return attribute(bond, "bonding/active_slave") != active; }));
        EXPECT_TRUE(reaches("2"));
        must(split("ip -n wire link set dev " + end + " up"));
        EXPECT_TRUE(eventually([&] { return attribute("s" + end.substr(1), "bonding_slave/mii_status") == "up\n"; }));
    }
};

TEST_F(BondedNics, B22_keep_their_slaves_on_the_bridge) {
    if (!add_bond(""))
        GTEST_SKIP() << "this kernel has no bonding";
    ASSERT_TRUE(reaches("2"));
    const std::string before = everything();
    start("netdev=bond0");
    EXPECT_EQ(slaves("pbond0"), "s0 s1\n");
    EXPECT_EQ(ports("xenbr0"), "pbond0\nvif0.0\n");
    EXPECT_EQ(attribute("bond0", "address"), host_mac + "\n");
    EXPECT_TRUE(reaches("2"));
    expect_fail_over("pbond0");
    stop("netdev=bond0");
    EXPECT_TRUE(reaches("2"));
    expect_fail_over("bond0");
}

TEST_F(BondedNics, AreAsBeforeAfterStop) {
    if (!add_bond(""))
        GTEST_SKIP() << "this kernel has no bonding";
    const std::string before = everything();
    start("netdev=bond0");
    stop("netdev=bond0");
    EXPECT_EQ(everything(), before);
}

TEST_F(BondedNics, TakeABridgeOfTheirName) {
    if (!add_bond(""))
        GTEST_SKIP() << "this kernel has no bonding";
    const std::string before = everything();
    start("netdev=bond0 topology=bridge");
    EXPECT_EQ(slaves("pbond0"), "s0 s1\n");
    EXPECT_EQ(ports("bond0"), "pbond0\n");
    EXPECT_EQ(attribute("bond0", "address"), host_mac + "\n");
    EXPECT_TRUE(reaches("2"));
    expect_fail_over("pbond0");
    stop("netdev=bond0");
    EXPECT_TRUE(reaches("2"));
}

TEST_F(BondedNics, WhoseMacFollowsTheActiveSlaveWorkToo) {
    if (!add_bond("fail_over_mac active"))
        GTEST_SKIP() << "this kernel has no bonding";
    ASSERT_TRUE(reaches("2"));
    const std::string before = everything();
    start("netdev=bond0");
    EXPECT_EQ(slaves("pbond0"), "s0 s1\n");
    EXPECT_TRUE(reaches("2"));
    stop("netdev=bond0");
    EXPECT_EQ(everything(), before);
    EXPECT_TRUE(reaches("2"));
}

class VlansOnTheNic : public NetworkBridgeDevices {
  protected:
    static bool add_vlan() {
        add_cable("eth0", host_mac, "wire0");
        give_address("eth0", "2", "10");
        give_wire_address("wire0", "2");
        must(split("ip route add default via 192.0.2.1 dev eth0"));
        must(split("ip -6 route add default via 2001:db8:2::1 dev eth0"));
        if (!can_add("link eth0 name eth0.100 type vlan id 100"))
            return false;
        must(split("ip link set dev eth0.100 up"));
        give_address("eth0.100", "3", "10");
        must(split("ip route add 198.51.100.0/24 via 192.0.3.1 dev eth0.100 metric 70 proto static"));
        must(split("ip route add 203.0.113.0/24 dev eth0.100 table 100 src 192.0.3.10"));
        must(split("ip -6 route add 2001:db8:64::/48 via 2001:db8:3::1 dev eth0.100 metric 70"));
        must(split("ip neighbour add 192.0.3.77 lladdr 00:16:3e:aa:00:77 dev eth0.100 nud permanent"));
        must(split("ip -n wire link add link wire0 name wire0.100 type vlan id 100"));
        must(split("ip -n wire link set dev wire0.100 up"));
        give_wire_address("wire0.100", "3");
        return true;
    }

    /// What is on the VLAN, whatever its place in the lists.
    static std::string vlan() {
        wait_for_own_addresses();
        std::string text = must(split("ip address show dev eth0.100"));
        text = text.substr(text.find('\n')); // the first line names the NIC
        for (const char* family : {"-4", "-6"})
            text += sorted(must({"ip", family, "route", "show", "table", "all", "dev", "eth0.100"}));
        return text + must(split("ip neighbour show nud permanent dev eth0.100"));
    }

    void through_start_and_stop(const std::string& words, const std::string& bridge) {
        ASSERT_TRUE(reaches("2") && reaches("3"));
        const std::string before = everything();
        const std::string vlan_before = vlan();
        start("netdev=eth0" + words);
        EXPECT_NE(ports(bridge).find("peth0\n"), std::string::npos);
        EXPECT_EQ(vlan(), vlan_before);
        EXPECT_EQ(attribute("eth0.100", "address"), host_mac + "\n");
        EXPECT_TRUE(reaches("2"));
        EXPECT_TRUE(reaches("3"));
        stop("netdev=eth0");
        EXPECT_EQ(vlan(), vlan_before);
        EXPECT_TRUE(reaches("2"));
        EXPECT_TRUE(reaches("3"));
        EXPECT_EQ(everything(), before);
    }
};

TEST_F(VlansOnTheNic, KeepWorkingBehindAVethPair) {
    if (!add_vlan())
        GTEST_SKIP() << "this kernel has no 802.1Q";
    through_start_and_stop("", "xenbr0");
}

TEST_F(VlansOnTheNic, KeepWorkingOnABridge) {
    if (!add_vlan())
        GTEST_SKIP() << "this kernel has no 802.1Q";
    through_start_and_stop(" topology=bridge", "eth0");
}

TEST_F(VlansOnTheNic, KeepTheirOwnMac) {
    if (!add_vlan())
        GTEST_SKIP() << "this kernel has no 802.1Q";
    must(split("ip link set dev eth0.100 address 00:16:3e:aa:00:64"));
    start("netdev=eth0");
    EXPECT_EQ(attribute("eth0.100", "address"), "00:16:3e:aa:00:64\n");
    EXPECT_TRUE(reaches("3"));
    stop("netdev=eth0");
    EXPECT_EQ(attribute("eth0.100", "address"), "00:16:3e:aa:00:64\n");
    EXPECT_TRUE(reaches("3"));
}

TEST_F(VlansOnTheNic, CanBeOnTheBridgeThemselves) {
    if (!add_vlan())
        GTEST_SKIP() << "this kernel has no 802.1Q";
    const std::string before = everything();
    start("netdev=eth0.100");
    EXPECT_EQ(ports("xenbr0"), "peth0.100\nvif0.0\n");
    EXPECT_EQ(attribute("eth0.100", "address"), host_mac + "\n");
    EXPECT_TRUE(reaches("2"));
    EXPECT_TRUE(reaches("3"));
    stop("netdev=eth0.100");
    EXPECT_TRUE(reaches("2"));
    EXPECT_TRUE(reaches("3"));
    EXPECT_EQ(everything(), before);
}

TEST_F(VlansOnTheNic, ThoseMadeOnTheHostsInterfaceAreInTheWayOfStop) {
    if (!add_vlan())
        GTEST_SKIP() << "this kernel has no 802.1Q";
    for (const std::string words : {"", " topology=bridge"}) {
        start("netdev=eth0" + words);
        must(split("ip link add link eth0 name eth0.200 type vlan id 200"));
        const Result refused = run(split(program() + " stop netdev=eth0"), {{"VIFPLUG_RUNDIR", "/run/vifplug-test"}});
        EXPECT_EQ(refused.status, 1);
        EXPECT_NE(refused.err.find("eth0.200 sits on eth0"), std::string::npos) << refused.err;
        EXPECT_TRUE(is_there("eth0.200"));
        EXPECT_TRUE(reaches("2"));
        must(split("ip link del dev eth0.200"));
        stop("netdev=eth0");
        EXPECT_TRUE(reaches("3"));
    }
}

TEST_F(NetworkBridgeDevices, ADummyIsANicLikeAnyOther) {
    if (!can_add("name dummy0 address " + host_mac + " type dummy"))
        GTEST_SKIP() << "this kernel has no dummy netdevs";
    must(split("ip link set dev dummy0 up"));
    give_address("dummy0", "2", "10");
    must(split("ip route add default via 192.0.2.1 dev dummy0"));
    const std::string before = everything();
    start("netdev=dummy0");
    EXPECT_EQ(ports("xenbr0"), "pdummy0\nvif0.0\n");
    EXPECT_EQ(attribute("dummy0", "address"), host_mac + "\n");
    EXPECT_EQ(attribute("pdummy0", "address"), "fe:ff:ff:ff:ff:ff\n");
    stop("netdev=dummy0");
    EXPECT_EQ(everything(), before);
}

} // namespace
} // namespace vifplug::test
