// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/uplink_desk.hpp"
#include "app/uplink_preview.hpp"
#include "app/uplink_transaction.hpp"
#include "app/uplink_vlans.hpp"
#include "core/error.hpp"
#include "core/uplink_choice.hpp"
#include "support/command.hpp"
#include "support/eventually.hpp"
#include "support/link_local.hpp"
#include "system/netlink_host_network.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <regex>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace vifplug::test {

/// The kernel, made to refuse.
class RefusingNetwork : public HostNetwork {
  public:
    HostPicture look() override { return kernel_.look(); }
    bool keeps_mac(const Netdev& port, const Mac& mac) override { return kernel_.keeps_mac(port, mac); }

    VlanList vlans(IfIndex netdev) override { return kernel_.vlans(netdev); }

    void perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) override {
        ++performed;
        if (before_step)
            before_step(step);
        kernel_.perform(step, state, picture);
        if (after_step)
            after_step(step);
    }

    /// As before Linux 6.2.
    void refuse_to_rename_what_is_up(const UplinkStep& step) {
        const auto* simple = std::get_if<Step>(&step);
        const auto* rename = simple != nullptr ? std::get_if<Rename>(simple) : nullptr;
        if (rename == nullptr)
            return;
        const HostPicture now = kernel_.look();
        if (const HostLink* link = now.find(rename->port.index); link != nullptr && link->link.up)
            throw Error(describe(step), system_code(EBUSY));
    }

    int performed = 0;
    std::function<void(const UplinkStep&)> before_step;
    std::function<void(const UplinkStep&)> after_step;

  private:
    NetlinkHostNetwork kernel_;
};

/// Nothing is left of what an earlier test did.
struct NetworkOfItsOwn {
    NetworkOfItsOwn() { EXPECT_EQ(unshare(CLONE_NEWNET), 0); }
};

/// A host with everything on eth0 that a start has to carry over.
class UplinkHost : public testing::Test, private NetworkOfItsOwn {
  protected:
    UplinkHost() {
        journal.make_directory();
        for (const char* command :
             {"ip link set lo up",
              "ip link add eth0 address 52:54:00:00:00:02 type veth peer name remote0",
              "ip link add eth9 type veth peer name remote9",
              "ip link property add dev eth0 altname enp3s0",
              "ip link set remote0 up",
              "ip link set eth0 up",
              "ip link set remote9 up",
              "ip link set eth9 up",
              "ip address add 203.0.113.9/24 dev eth9",
              "ip address add 192.0.2.10/24 brd + dev eth0",
              "ip address add 192.0.2.11/24 dev eth0 label eth0:web",
              "ip address add 198.51.100.1/24 dev eth0 metric 50 noprefixroute",
              "ip address add 10.9.9.1 peer 10.9.9.2/32 dev eth0",
              "ip address add 192.0.2.12/24 dev eth0 valid_lft 4000 preferred_lft 3000",
              "ip address add 2001:db8::10/64 dev eth0 nodad",
              "ip address add 2001:db8::11/64 dev eth0 nodad",
              "ip address add 2001:db8:1::1/64 dev eth0 nodad valid_lft 4000 preferred_lft 0",
              "ip route add default via 192.0.2.254 src 192.0.2.11 proto dhcp metric 100",
              "ip route append default via 192.0.2.253 proto dhcp metric 100",
              "ip route add default via 203.0.113.1 metric 200 src 192.0.2.10",
              "ip route add 172.16.0.0/12 via 192.0.2.250 mtu 1400 advmss 1360",
              "ip route add 172.30.0.0/16 via 10.1.1.1 dev eth0 onlink",
              "ip route add 172.31.0.0/16 nexthop via 192.0.2.1 weight 2 nexthop via 203.0.113.2 dev eth9",
              "ip route add 192.168.0.0/16 dev eth0 scope link table 77",
              "ip route add 192.168.1.0/24 via 192.0.2.77 table 77",
              "ip -6 route add default via 2001:db8::fe metric 1024 pref high",
              "ip -6 route add 2001:db8:77::/48 via 2001:db8::77 expires 4000",
              "ip -6 route add 2001:db8:78::/48 nexthop via 2001:db8::1 nexthop via 2001:db8::2",
              "ip nexthop add id 7 via 192.0.2.7 dev eth0",
              "ip nexthop add id 8 via 203.0.113.8 dev eth9",
              "ip nexthop add id 9 group 7/8",
              "ip route add 100.64.0.0/16 nhid 7",
              "ip route add 100.65.0.0/16 nhid 9",
              "ip rule add iif eth0 table 77 priority 1000",
              "ip -6 rule add oif eth0 table 77 priority 1001",
              "ip neigh add 192.0.2.50 lladdr 02:00:00:00:00:50 dev eth0 nud permanent",
              "ip -6 neigh add 2001:db8::50 lladdr 02:00:00:00:00:51 dev eth0 nud permanent",
              "ip neigh add proxy 192.0.2.60 dev eth0",
              "ip maddr add 33:33:00:00:77:77 dev eth0"})
            must(split(command));
        must({"ip", "link", "set", "dev", "eth0", "alias", "to the office"});
        write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "2");
        write("/proc/sys/net/ipv6/conf/eth0/accept_ra", "0");
        must(split("ip link set eth0 group 5"));
        for (const char* netdev : {"eth0", "remote0", "eth9", "remote9"})
            await_link_local_address(netdev);
        wait_until_settled();
    }

    static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

    /// Link-local addresses are tentative for a second, and a carrier is noticed within one.
    static void wait_until_settled() {
        const auto is_settled = [] {
            return must(split("ip -6 address show tentative")).empty() &&
                   must(split("ip -6 route show table all")).find("linkdown") == std::string::npos &&
                   must(split("ip link show up")).find("state UNKNOWN mode DEFAULT group 5") == std::string::npos;
        };
        if (!eventually(is_settled))
            throw std::runtime_error("the network does not settle: " + must(split("ip address show")) +
                                     must(split("ip -6 route show table all")));
        await_local_routes();
    }

    /// All that people can see of the host, without what changes by itself.
    static std::string host() {
        wait_until_settled();
        std::string text;
        for (const char* what : {"link show", "address show", "route show table all", "-6 route show table all",
                                 "rule show", "-6 rule show", "neighbour show nud permanent", "neighbour show proxy",
                                 "-6 neighbour show proxy", "nexthop show", "maddress show dev eth0"})
            text += "--- " + std::string(what) + "\n" + must(split("ip -d " + std::string(what)));
        text += "--- VLANs\n" + must({"sh", "-c", "bridge vlan show 2>/dev/null; true"});
        text += "--- settings\n" + must({"sh", "-c",
                                         "grep -H . /proc/sys/net/ipv4/conf/eth0/* /proc/sys/net/ipv6/conf/eth0/* "
                                         "/proc/sys/net/ipv4/neigh/eth0/* 2>/dev/null | grep -v stable_secret; true"});
        static const std::regex changing("(_lft|expires|age|used) [0-9]+sec|_timer +[0-9.]+|used [0-9/]+");
        return without_order(std::regex_replace(text, changing, "$1 -"));
    }

    /// Where the order makes no difference: every link has routes to the same link-local networks.
    static std::string without_order(const std::string& text) {
        std::istringstream lines(text);
        std::string rest;
        std::vector<std::string> apart;
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("unicast fe80::/64") || line.starts_with("multicast ff00::/8") ||
                line.starts_with("anycast fe80::") || line.starts_with("\tlink ") || line.starts_with("\tinet6 "))
                apart.push_back(line);
            else
                rest += line + "\n";
        }
        std::sort(apart.begin(), apart.end());
        for (const std::string& line : apart)
            rest += line + "\n";
        return rest;
    }

    static std::string unlike(const std::string& before, const std::string& after) {
        write("/run/before", before);
        write("/run/after", after);
        return run(split("diff -U0 /run/before /run/after")).out;
    }

    Transaction wanted_start(const UplinkRequest& request) {
        const HostPicture picture = network.look();
        const auto choice = choose_uplink(request, surroundings(picture, journal.records()));
        Uplink uplink = std::get<ChosenUplink>(choice).uplink;
        note_own_vlans(uplink, picture, network);
        return {Transaction::What::start, false, {{uplink, std::nullopt, {}}}};
    }

    Transaction wanted_stop() {
        Transaction transaction{Transaction::What::stop, false, {}};
        for (const UplinkRecord& record : journal.records())
            transaction.parts.push_back({record.uplink, std::nullopt, {}});
        return transaction;
    }

    UplinkTransaction work() { return {network, journal, log}; }
    void start(const UplinkRequest& request) { work().start(wanted_start(request), std::chrono::seconds(0), {}); }
    void stop() { work().stop(wanted_stop(), std::chrono::seconds(0)); }

    RefusingNetwork network;
    UplinkJournal journal{"/run/vifplug-uplink"};
    EventLog log{"uplink-test"};
};

inline bool kernel_filters_vlans() {
    if (run(split("ip link add probe type bridge vlan_filtering 1")).status != 0)
        return false;
    must(split("ip link delete probe"));
    return true;
}

inline UplinkRequest request_for(Topology topology, const std::string& bridge = "") {
    UplinkRequest request;
    request.netdev = "eth0";
    request.topology = topology;
    if (!bridge.empty())
        request.bridge = IfName::parse("bridge", bridge);
    return request;
}

} // namespace vifplug::test
