// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What network-bridge does for an admin: the cases of the scripts it takes over from, and what they never did.
#include "system/uplink_world.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

namespace vifplug::test {
namespace {

class NetworkBridge : public UplinkWorld {};

TEST_F(NetworkBridge, B1_the_bridge_takes_name_addresses_and_routes) {
    start("netdev=eth0 topology=bridge");
    EXPECT_EQ(show("-d link show dev eth0").find("bridge forward_delay 0") == std::string::npos, false);
    EXPECT_EQ(mac_of("eth0"), nic_mac);
    EXPECT_EQ(addresses_of("eth0").front(), "192.0.2.10/24");
    EXPECT_EQ(show("route show default"), "default via 192.0.2.1 dev eth0 \n");
    EXPECT_EQ(master_of("peth0"), "eth0");
    EXPECT_TRUE(is_up("peth0"));
    EXPECT_TRUE(is_up("eth0"));
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridge, B2_a_second_start_changes_nothing) {
    for (const std::string topology : {"veth", "bridge"}) {
        start("netdev=eth0 topology=" + topology);
        const std::string before = picture();
        const Result again = network_bridge("start netdev=eth0 topology=" + topology);
        EXPECT_EQ(again.status, 0) << again.err;
        EXPECT_NE(again.err.find("already"), std::string::npos) << again.err;
        expect_untouched(before);
        EXPECT_EQ(network_bridge("start").status, 0) << "nor one that does not say which";
        expect_untouched(before);
        stop();
    }
}

TEST_F(NetworkBridge, B3_stop_gives_everything_back) {
    const std::string before = picture();
    for (const std::string words : {"", "topology=bridge", "topology=bridge bridge=xenbr0", "bridge=guests vifnum=4"}) {
        start(words);
        stop();
        expect_untouched(before);
    }
}

TEST_F(NetworkBridge, B4_stop_without_start_changes_nothing) {
    const std::string before = picture();
    EXPECT_EQ(network_bridge("stop").status, 0);
    EXPECT_EQ(network_bridge("stop netdev=eth0").status, 0);
    expect_untouched(before);
}

TEST_F(NetworkBridge, B5_a_bridge_of_another_name) {
    start("bridge=xenbr0 netdev=eth0 topology=bridge");
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_EQ(addresses_of("xenbr0").front(), "192.0.2.10/24");
    EXPECT_FALSE(exists("eth0"));
    EXPECT_TRUE(reaches_the_gateway());
    const std::string before = picture();
    EXPECT_EQ(network_bridge("start netdev=eth0 bridge=xenbr0 topology=bridge").status, 0);
    expect_untouched(before);
}

TEST_F(NetworkBridge, B6_another_bridge_is_no_reason_not_to_start) {
    ip("link add name br9 type bridge");
    start("netdev=eth0");
    EXPECT_EQ(master_of("peth0"), "xenbr0");
}

TEST_F(NetworkBridge, B7_starts_on_a_host_without_a_bridge) {
    start("");
    EXPECT_EQ(master_of("peth0"), "xenbr0");
}

TEST_F(NetworkBridge, B8_bridge_null_does_nothing) {
    const std::string before = picture();
    for (const std::string command : {"start", "stop"}) {
        const Result result = network_bridge(command + " netdev=eth0 bridge=null");
        EXPECT_EQ(result.status, 0) << result.err;
        expect_untouched(before);
    }
}

TEST_F(NetworkBridge, B9_an_unknown_command_is_refused_in_two_lines) {
    const std::string before = picture();
    for (const std::string words : {"", "frob", "frob netdev=eth0"}) {
        const Result result = network_bridge(words);
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
        EXPECT_NE(result.err.find("Unknown command: "), std::string::npos) << result.err;
        EXPECT_NE(result.err.find("Valid commands are: start, stop, status"), std::string::npos) << result.err;
    }
    expect_untouched(before);
}

TEST_F(NetworkBridge, B10_two_addresses_and_labels) {
    ip("address add 192.0.2.11/24 dev eth0 label eth0:1");
    const std::string before = show("-4 -o address show dev eth0 scope global");
    for (const std::string topology : {"veth", "bridge"}) {
        start("netdev=eth0 topology=" + topology);
        const std::string during = show("-4 -o address show dev eth0 scope global");
        EXPECT_NE(during.find("192.0.2.11/24 scope global secondary eth0:1"), std::string::npos) << during;
        EXPECT_TRUE(reaches_the_gateway());
        stop();
        EXPECT_EQ(show("-4 -o address show dev eth0 scope global"), before);
    }
    start("netdev=eth0 topology=bridge bridge=xenbr0");
    const std::string during = show("-4 -o address show dev xenbr0 scope global");
    EXPECT_NE(during.find("192.0.2.11/24 scope global secondary xenbr0:1"), std::string::npos) << during;
    stop();
    EXPECT_EQ(show("-4 -o address show dev eth0 scope global"), before);
}

TEST_F(NetworkBridge, B11_ipv6_addresses_and_default) {
    for (const std::string topology : {"veth", "bridge"}) {
        const std::string addresses = show("-6 -o address show dev eth0");
        start("netdev=eth0 topology=" + topology);
        EXPECT_EQ(show("-6 route show default"), "default via 2001:db8::1 dev eth0 metric 1024 pref medium\n");
        EXPECT_EQ(addresses_of("eth0").size(), 3U) << "one IPv4, a link-local and a global IPv6 address";
        EXPECT_EQ(addresses_of("peth0"), std::vector<std::string>());
        EXPECT_TRUE(reaches_the_gateway());
        stop();
        EXPECT_TRUE(reaches_the_gateway());
    }
}

TEST_F(NetworkBridge, B12_static_route_and_second_default) {
    ip("route add 10.7.0.0/16 via 192.0.2.2");
    ip("route add default via 192.0.2.3 metric 200");
    const std::string routes = show("route show");
    for (const std::string topology : {"veth", "bridge"}) {
        start("netdev=eth0 topology=" + topology);
        EXPECT_EQ(show("route show"), routes);
        stop();
        EXPECT_EQ(show("route show"), routes);
    }
}

TEST_F(NetworkBridge, B13_a_default_with_proto_src_and_metric) {
    ip("route replace default via 192.0.2.1 proto dhcp src 192.0.2.10 metric 100");
    const std::string routes = show("route show");
    start("topology=bridge");
    EXPECT_EQ(show("route show"), routes);
}

TEST_F(NetworkBridge, B14_link_scope_default_peer_and_onlink) {
    ip("route del default");
    ip("address add 10.8.0.1 peer 10.8.0.2/32 dev eth0");
    ip("route add default dev eth0 scope link");
    ip("route add 10.30.0.0/16 via 203.0.113.7 dev eth0 onlink");
    const std::string routes = show("route show");
    for (const std::string topology : {"veth", "bridge"}) {
        start("netdev=eth0 topology=" + topology);
        EXPECT_EQ(show("route show"), routes);
        stop();
        EXPECT_EQ(show("route show"), routes);
    }
}

TEST_F(NetworkBridge, B15_without_a_carrier_the_default_route_is_carried_all_the_same) {
    ip("-n wire link set dev wire0 down");
    start("topology=bridge");
    EXPECT_NE(show("route show default").find("default via 192.0.2.1 dev eth0"), std::string::npos);
    ip("-n wire link set dev wire0 up");
    stop();
    EXPECT_NE(show("route show default").find("default via 192.0.2.1 dev eth0"), std::string::npos);
}

TEST_F(NetworkBridge, B16_a_nic_without_an_address) {
    ip("address flush dev eth0");
    ip("link set dev eth0 down");
    start("netdev=eth0");
    EXPECT_TRUE(is_up("xenbr0"));
    EXPECT_TRUE(is_up("peth0"));
    stop();
    EXPECT_FALSE(is_up("eth0")) << "as it was";
}

TEST_F(NetworkBridge, B17_without_a_default_route_it_is_eth0) {
    ip("route del default");
    ip("-6 route del default");
    make_nic("aaa1", "198.51.100.1/24");
    start("");
    EXPECT_TRUE(exists("peth0"));
}

TEST_F(NetworkBridge, B18_the_very_device_of_the_default_route) {
    ip("route del default");
    for (const std::string name : {"enp3s0", "eth0.100", "br-lan", "wlan-x"}) {
        make_nic(name, "198.51.100.1/24");
        ip("route replace default via 198.51.100.254 dev " + name + " metric 1");
        start("verify=0");
        EXPECT_EQ(master_of("p" + name), "xenbr0") << name;
        stop("verify=0");
        ip("link del " + name);
    }
}

TEST_F(NetworkBridge, B19_the_default_route_with_the_lowest_metric) {
    make_nic("eth1", "198.51.100.1/24");
    ip("route del default");
    ip("route add default via 192.0.2.1 metric 20");
    ip("route add default via 198.51.100.254 metric 10");
    start("verify=0");
    EXPECT_EQ(master_of("peth1"), "xenbr1");
}

TEST_F(NetworkBridge, B20_a_name_of_fifteen_bytes) {
    make_nic("enp129s0f0np012", "198.51.100.1/24");
    const std::string before = picture();
    const Result result = network_bridge("start netdev=enp129s0f0np012");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("penp129s0f0np01"), std::string::npos) << "said: " << result.err;
    EXPECT_EQ(master_of("penp129s0f0np01"), "xenbr0");
    stop();
    expect_untouched(before);
}

TEST_F(NetworkBridge, B23_the_nic_keeps_its_mac_and_the_bridge_has_it) {
    start("topology=bridge");
    EXPECT_EQ(mac_of("peth0"), nic_mac);
    EXPECT_EQ(mac_of("eth0"), nic_mac);
}

TEST_F(NetworkBridge, B25_two_starts_for_two_nics_at_once) {
    make_nic("eth1", "198.51.100.1/24");
    Running first(split(program("network-bridge") + " start netdev=eth0"), environment());
    Running second(split(program("network-bridge") + " start netdev=eth1"), environment());
    EXPECT_EQ(first.wait().status, 0);
    EXPECT_EQ(second.wait().status, 0);
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_EQ(master_of("peth1"), "xenbr1");
}

TEST_F(NetworkBridge, TwoStartsForOneNicAtOnce_one_does_it) {
    std::vector<Running> calls;
    for (int i = 0; i < 5; ++i)
        calls.emplace_back(split(program("network-bridge") + " start netdev=eth0"), environment());
    int did_it = 0;
    for (Running& call : calls) {
        const Result result = call.wait();
        EXPECT_EQ(result.status, 0) << result.err;
        did_it += result.err.find("through peth0") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(did_it, 1);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridge, B26_antispoof_is_refused_until_there_is_a_filter) {
    const std::string before = picture();
    expect_refused(network_bridge("start antispoof=yes"), "antispoof='yes'", before);
}

TEST_F(NetworkBridge, B27_status_says_bridge_ports_addresses_routes_and_journal) {
    const Result without = network_bridge("status");
    EXPECT_EQ(without.status, 3);
    start("");
    const Result with = network_bridge("status");
    EXPECT_EQ(with.status, 0) << with.out << with.err;
    std::size_t last = 0;
    for (const std::string section : {"bridge ", "ports ", "addresses ", "routes ", "journal"}) {
        const std::size_t place = with.out.find(section);
        EXPECT_NE(place, std::string::npos) << section;
        EXPECT_GT(place, last) << section << " in order";
        last = place;
    }
    EXPECT_NE(with.out.find("192.0.2.10/24"), std::string::npos);
    EXPECT_NE(with.out.find("default via 192.0.2.1"), std::string::npos);
    const auto json = nlohmann::json::parse(network_bridge("status --json").out);
    EXPECT_EQ(json.at("uplinks").at(0).at("bridge").at("name"), "xenbr0");
    ip("link set dev peth0 nomaster");
    const Result broken = network_bridge("status");
    EXPECT_EQ(broken.status, 1);
    EXPECT_NE(broken.out.find("add peth0 to bridge xenbr0"), std::string::npos) << broken.out;
}

TEST_F(NetworkBridge, B28_stop_is_refused_while_guests_are_on_the_bridge) {
    start("");
    ip("link add name vif7.0 type veth peer name guest7");
    ip("link set dev vif7.0 master xenbr0");
    const std::string before = picture();
    expect_refused(network_bridge("stop"), "bridge='xenbr0': vif7.0 is still on it", before);
}

TEST_F(NetworkBridge, B28_a_bridge_that_was_there_stays_with_its_guests) {
    ip("link add name xenbr0 type bridge");
    ip("link set dev xenbr0 up");
    start("");
    ip("link add name vif7.0 type veth peer name guest7");
    ip("link set dev vif7.0 master xenbr0");
    const Result result = network_bridge("stop");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("vif7.0"), std::string::npos) << "warned: " << result.err;
    EXPECT_EQ(master_of("vif7.0"), "xenbr0");
    EXPECT_TRUE(is_up("xenbr0"));
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridge, B30_the_veth_layout) {
    start("");
    EXPECT_EQ(mac_of("peth0"), "fe:ff:ff:ff:ff:ff");
    EXPECT_EQ(mac_of("vif0.0"), "fe:ff:ff:ff:ff:ff");
    EXPECT_EQ(mac_of("eth0"), nic_mac);
    for (const std::string port : {"peth0", "vif0.0"}) {
        EXPECT_EQ(master_of(port), "xenbr0");
        EXPECT_EQ(addresses_of(port), std::vector<std::string>());
        EXPECT_NE(show("link show dev " + port).find("NOARP"), std::string::npos) << port;
        EXPECT_TRUE(is_up(port));
    }
    EXPECT_EQ(addresses_of("xenbr0"), std::vector<std::string>());
    EXPECT_EQ(addresses_of("eth0").front(), "192.0.2.10/24");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridge, B31_a_number_that_is_taken_is_refused) {
    ip("link add name vif0.1 type veth peer name other");
    const std::string before = picture();
    expect_refused(network_bridge("start vifnum=1"), "vifnum='1': vif0.1 is there already", before);
}

TEST_F(NetworkBridge, B32_a_second_start_in_the_veth_layout_is_no_error) {
    start("");
    EXPECT_EQ(network_bridge("start").status, 0);
}

TEST_F(NetworkBridge, B33_on_link_routes_come_before_those_through_them) {
    ip("route add 172.16.0.0/12 via 192.0.2.1");
    const std::string routes = show("route show");
    start("topology=bridge bridge=xenbr0");
    EXPECT_NE(show("route show").find("172.16.0.0/12 via 192.0.2.1 dev xenbr0"), std::string::npos);
    stop();
    EXPECT_EQ(show("route show"), routes);
}

TEST_F(NetworkBridge, NumbersFollowTheNicAndPassOverWhatIsTaken) {
    make_nic("eth3", "198.51.100.1/24");
    start("netdev=eth3");
    EXPECT_EQ(master_of("vif0.3"), "xenbr3");
    make_nic("enp5s0", "198.51.101.1/24");
    ip("link add name vif0.0 type veth peer name other");
    start("netdev=enp5s0");
    EXPECT_EQ(master_of("vif0.1"), "xenbr1");
}

TEST_F(NetworkBridge, AnAltnameIsTheNic) {
    ip("link property add dev eth0 altname enp0s31f6-with-a-long-name");
    start("netdev=enp0s31f6-with-a-long-name");
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_NE(show("link show dev eth0").find("altname enp0s31f6-with-a-long-name"), std::string::npos);
    stop("netdev=enp0s31f6-with-a-long-name");
    EXPECT_FALSE(exists("peth0"));
}

TEST_F(NetworkBridge, KeysComeFromTheEnvironmentTooAndArgumentsWin) {
    const Result result = network_bridge("bridge=guests start", {{"bridge", "other"}, {"vifnum", "8"}});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(master_of("peth0"), "guests");
    EXPECT_EQ(master_of("vif0.8"), "guests");
}

TEST_F(NetworkBridge, APortOfABridgeIsLeftAlone) {
    ip("link add name br0 type bridge");
    ip("link set dev eth0 master br0");
    const std::string before = picture();
    const Result result = network_bridge("start netdev=eth0");
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("eth0 is a port of bridge br0 already"), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("ignoring"), std::string::npos) << result.err;
    const Result told = network_bridge("start netdev=eth0 vlan_filtering=yes vlans=10p/20");
    EXPECT_EQ(told.status, 0);
    EXPECT_NE(told.err.find("eth0: ignoring vlan_filtering='yes' and vlans='10p/20', since bridge br0 is not of "
                            "network-bridge's making\n"),
              std::string::npos)
        << told.err;
    expect_untouched(before);
}

TEST_F(NetworkBridge, WhatAnotherTookOffIsPutBackByStart) {
    start("");
    const std::string before = picture();
    ip("link set dev peth0 nomaster");
    ip("link set dev vif0.0 down");
    start("");
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridge, StopCarriesBackWhatTheHostHasByThen) {
    start("");
    ip("address add 192.0.2.50/24 dev eth0");
    ip("route add 10.50.0.0/16 via 192.0.2.2");
    ip("address del 2001:db8::10/64 dev eth0");
    ip("link set dev eth0 mtu 1400");
    stop();
    const auto addresses = addresses_of("eth0");
    EXPECT_NE(std::find(addresses.begin(), addresses.end(), "192.0.2.50/24"), addresses.end());
    EXPECT_EQ(std::find(addresses.begin(), addresses.end(), "2001:db8::10/64"), addresses.end());
    EXPECT_NE(show("route show").find("10.50.0.0/16 via 192.0.2.2 dev eth0"), std::string::npos);
    EXPECT_NE(show("link show dev eth0").find("mtu 1400"), std::string::npos);
}

TEST_F(NetworkBridge, TheMtuIsForTheWholePathAndGoesWithIt) {
    const std::string before = picture();
    start("mtu=1400");
    for (const std::string netdev : {"peth0", "xenbr0", "vif0.0", "eth0"})
        EXPECT_NE(show("link show dev " + netdev).find("mtu 1400"), std::string::npos) << netdev;
    stop();
    expect_untouched(before);
}

TEST_F(NetworkBridge, ADryRunSaysTheStepsAndMakesNone) {
    const std::string before = picture();
    const Result up = network_bridge("start --dry-run");
    EXPECT_EQ(up.status, 0) << up.err;
    for (const std::string step : {"make bridge xenbr0", "rename eth0 to peth0", "add peth0 to bridge xenbr0",
                                   "put addresses and routes on eth0"})
        EXPECT_NE(up.out.find(step), std::string::npos) << step << "\n" << up.out;
    expect_untouched(before);
    start("");
    const std::string during = picture();
    const Result down = network_bridge("--dry-run stop");
    EXPECT_NE(down.out.find("rename peth0 to eth0"), std::string::npos) << down.out;
    EXPECT_NE(down.out.find("remove xenbr0"), std::string::npos) << down.out;
    expect_untouched(during);
}

// --- several NICs ---------------------------------------------------------------------------------------------------

TEST_F(NetworkBridge, TheWrapperSetsUpSeveralAndStopsThem) {
    make_nic("eth1", "198.51.100.1/24");
    const std::string before = picture();
    const Result up = wrapper("start netdev=eth0,eth1 bridge=xenbr0,guests");
    EXPECT_EQ(up.status, 0) << up.err;
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_EQ(master_of("peth1"), "guests");
    EXPECT_EQ(wrapper("status netdev=eth0,eth1").status, 0);
    EXPECT_TRUE(reaches_the_gateway());
    EXPECT_EQ(wrapper("stop netdev=eth0,eth1").status, 0);
    expect_untouched(before);
}

TEST_F(NetworkBridge, TheWrapperSetsUpAllOrNone) {
    make_nic("eth1", "198.51.100.1/24");
    ip("link add name notabridge type veth peer name other");
    const std::string before = picture();
    expect_refused(wrapper("start netdev=eth0,eth1 bridge=xenbr0,notabridge"), "bridge='notabridge'", before);
    expect_refused(wrapper("start netdev=eth0,eth7"), "netdev='eth7': there is no such interface", before);
}

TEST_F(NetworkBridge, TheWrapperReadsItsFile) {
    make_nic("eth1", "198.51.100.1/24");
    const std::string before = picture();
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nname = \"one\"\nnetdev = \"eth0\"\n\n"
                                          "[[bridge]]\nname = \"two\"\nnetdev = \"eth1\"\ntopology = \"bridge\"\n";
    EXPECT_EQ(wrapper("status").status, 3);
    const Result up = wrapper("start");
    EXPECT_EQ(up.status, 0) << up.err;
    EXPECT_EQ(master_of("peth0"), "one");
    EXPECT_EQ(master_of("peth1"), "two");
    EXPECT_EQ(addresses_of("two").front(), "198.51.100.1/24");
    EXPECT_EQ(wrapper("status").status, 0);
    EXPECT_EQ(wrapper("stop").status, 0);
    expect_untouched(before);
}

TEST_F(NetworkBridge, TheWrapperWithoutTablesSaysSo) {
    const std::string before = picture();
    const Result result = wrapper("start");
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("/run/vifplug.toml"), std::string::npos) << result.err;
    expect_untouched(before);
}

TEST_F(NetworkBridge, AWrongFileIsRefusedWithItsLine) {
    const std::string before = picture();
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = \"eth0\"\nmtu = 12\n";
    expect_refused(wrapper("start"), "/run/vifplug.toml:3: mtu='12'", before);
}

TEST_F(NetworkBridge, TheClassicWrapperScriptWorksVerbatim) {
    make_nic("eth1", "198.51.100.1/24");
    const std::string before = picture();
    std::ofstream("/etc/xen/scripts/my-wrapper") << "#!/bin/sh\ndir=$(dirname \"$0\")\n"
                                                    "\"$dir/network-bridge\" \"$1\" netdev=eth0 bridge=xenbr0\n"
                                                    "\"$dir/network-bridge\" \"$1\" netdev=eth1 bridge=xenbr1\n";
    must({"ln", "-s", program("network-bridge"), "/etc/xen/scripts/network-bridge"});
    EXPECT_EQ(run({"sh", "/etc/xen/scripts/my-wrapper", "start"}, environment({{"PATH", "/bin:/usr/bin"}})).status, 0);
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_EQ(master_of("peth1"), "xenbr1");
    EXPECT_EQ(run({"sh", "/etc/xen/scripts/my-wrapper", "stop"}, environment({{"PATH", "/bin:/usr/bin"}})).status, 0);
    expect_untouched(before);
}

} // namespace
} // namespace vifplug::test
