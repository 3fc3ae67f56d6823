// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/uplink_world.hpp"

#include "support/eventually.hpp"
#include "support/link_local.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

namespace vifplug::test {

namespace {

using nlohmann::json;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

json link_of(const std::string& netdev) {
    const Result result = run({"ip", "-j", "-d", "address", "show", "dev", netdev});
    return result.status == 0 ? json::parse(result.out).at(0) : json();
}

std::string sorted(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines)
        all += line + "\n";
    return all;
}

/// Without what passes, and without the route by which the kernel would send multicast out of a port if it had an
/// address: it makes one whenever the link goes up (addrconf_add_mroute()).
std::string lasting(const std::string& text) {
    static const std::regex passing(R"( expires [0-9]+sec| linkdown| dead|multicast ff00::/8 dev peth[0-9]+ [^\n]*\n)");
    return std::regex_replace(text, passing, "");
}

std::string describe_link(const json& link) {
    std::string text = link.at("ifname").get<std::string>();
    auto flags = link.at("flags").get<std::vector<std::string>>();
    std::erase_if(
        flags, [](const std::string& flag) { return flag == "LOWER_UP" || flag == "NO-CARRIER" || flag == "M-DOWN"; });
    for (const std::string& flag : flags)
        text += " " + flag;
    for (const char* key : {"address", "master", "group", "ifalias", "inet6_addr_gen_mode"})
        text += std::string(" ") + key + " " + link.value(key, "-");
    text += " mtu " + std::to_string(link.at("mtu").get<int>());
    for (const auto& altname : link.value("altnames", std::vector<std::string>()))
        text += " altname " + altname;
    text += "\n";
    for (json address : link.at("addr_info")) {
        for (const char* key : {"valid_life_time", "preferred_life_time"})
            address[key] = address.at(key).get<std::uint32_t>() == 0xFFFFFFFF ? "forever" : "for a while";
        address.erase("tentative");
        text += "  " + address.dump() + "\n";
    }
    return text;
}

std::string sysctls_of(const std::string& netdev) {
    std::string text;
    for (const std::string sort : {"ipv4/conf/", "ipv6/conf/", "ipv4/neigh/", "ipv6/neigh/"}) {
        const std::filesystem::path directory = "/proc/sys/net/" + sort + netdev;
        if (!std::filesystem::exists(directory))
            continue;
        for (const auto& file : std::filesystem::directory_iterator(directory))
            if (file.path().filename() != "stable_secret")
                text += netdev + " " + sort + file.path().filename().string() + " " + text_of(file.path());
    }
    return sorted(text);
}

std::string static_multicast() {
    std::istringstream in(text_of("/proc/net/dev_mcast"));
    std::string text;
    std::string index, name, uses, by_hand, address;
    while (in >> index >> name >> uses >> by_hand >> address)
        if (by_hand != "0")
            text += "multicast " + name + " " + address + "\n";
    return sorted(text);
}

} // namespace

UplinkWorld::UplinkWorld() {
    ip("netns add wire");
    ip("link set dev lo up");
    std::ofstream("/proc/sys/net/ipv6/conf/default/accept_dad") << 0; // nothing to wait for
    ip(std::string("link add name eth0 address ") + nic_mac + " type veth peer name wire0 netns wire");
    ip("-n wire link set dev lo up");
    ip("-n wire address add 192.0.2.1/24 dev wire0");
    ip("-n wire address add 2001:db8::1/64 dev wire0 nodad");
    ip("-n wire link set dev wire0 up");
    ip("link set dev eth0 up");
    await_link_local_address("eth0");
    ip("address add 192.0.2.10/24 brd + dev eth0");
    ip("address add 2001:db8::10/64 dev eth0 nodad");
    ip("route add default via 192.0.2.1");
    ip("-6 route add default via 2001:db8::1 dev eth0");
}

void UplinkWorld::ip(const std::string& words) {
    must(split("ip " + words));
}

void UplinkWorld::make_nic(const std::string& name, const std::string& address) {
    ip("link add name " + name + " type veth peer name " + name + " netns wire");
    ip("-n wire link set dev " + name + " up");
    ip("link set dev " + name + " up");
    await_link_local_address(name);
    ip("address add " + address + " dev " + name);
}

void UplinkWorld::make_a_rich_host() {
    ip("address add 192.0.2.11/24 brd + dev eth0 label eth0:web");
    ip("address add 192.0.2.12/24 dev eth0 label eth0:1");
    ip("address add 10.8.0.1 peer 10.8.0.2/32 dev eth0");
    ip("address add 10.5.0.1/24 dev eth0 valid_lft 1000 preferred_lft 900");
    ip("address add 10.6.0.1/24 dev eth0 noprefixroute metric 77 scope link");
    ip("address add 2001:db8::11/64 dev eth0 nodad");
    ip("address add 2001:db8::12/128 dev eth0 valid_lft 1000 preferred_lft 0");
    ip("address add 2001:db8:8::1 peer 2001:db8:8::2/128 dev eth0");
    ip("route add 10.7.0.0/16 via 192.0.2.2 src 192.0.2.11 metric 7 proto static");
    ip("route add default via 192.0.2.3 metric 200 proto dhcp src 192.0.2.10 mtu lock 1400 advmss 1300");
    ip("route add 10.20.0.0/16 table 77 via 203.0.113.1 dev eth0 onlink");
    ip("route add 10.21.0.0/16 nexthop via 192.0.2.3 dev eth0 weight 2 nexthop via 192.0.2.4 dev eth0");
    ip("route add 10.22.0.0/16 dev eth0 scope link table 77");
    ip("nexthop add id 5 via 192.0.2.9 dev eth0");
    ip("nexthop add id 6 via 192.0.2.8 dev eth0");
    ip("nexthop add id 7 group 5,3/6,1");
    ip("route add 10.9.0.0/16 nhid 5");
    ip("route add 10.10.0.0/16 nhid 7");
    ip("-6 route add 2001:db8:5::/64 via 2001:db8::1 dev eth0 expires 500 pref high");
    ip("-6 route add 2001:db8:6::/64 nexthop via 2001:db8::2 dev eth0 nexthop via 2001:db8::3 dev eth0");
    ip("-6 route add 2001:db8:7::/64 dev eth0 metric 5 table 77");
    ip("rule add iif eth0 table 77 pref 999");
    ip("-6 rule add oif eth0 table 77 pref 998");
    ip("neighbour add 192.0.2.77 lladdr 00:11:22:33:44:55 dev eth0 nud permanent");
    ip("-6 neighbour add 2001:db8::77 lladdr 00:11:22:33:44:56 dev eth0 nud permanent");
    ip("neighbour add proxy 192.0.2.78 dev eth0");
    ip("maddress add 01:00:5e:01:02:03 dev eth0");
    ip("link property add dev eth0 altname enp3s0");
    ip("link set dev eth0 alias uplink group 5");
    ip("link set dev eth0 allmulticast on");
    std::ofstream("/proc/sys/net/ipv4/conf/eth0/rp_filter") << 2;
    std::ofstream("/proc/sys/net/ipv6/conf/eth0/hop_limit") << 33;
    std::ofstream("/proc/sys/net/ipv4/neigh/eth0/gc_stale_time") << 99;
}

std::string UplinkWorld::program(const std::string& name) {
    const char* directory = std::getenv("VIFPLUG_TEST_LIBEXEC");
    return std::string(directory == nullptr ? VIFPLUG_STAGED_LIBEXEC : directory) + "/" + name;
}

Variables UplinkWorld::environment(const Variables& more) {
    Variables variables{{"VIFPLUG_RUNDIR", rundir}, {"VIFPLUG_CONFIG", "/run/vifplug.toml"}};
    variables.insert(more.begin(), more.end());
    return variables;
}

Result UplinkWorld::network_bridge(const std::string& words, const Variables& more) {
    return run(split(program("network-bridge") + " " + words), environment(more));
}

Result UplinkWorld::wrapper(const std::string& words, const Variables& more) {
    return run(split(program("network-bridge-wrapper") + " " + words), environment(more));
}

void UplinkWorld::start(const std::string& words) {
    const Result result = network_bridge("start " + words);
    ASSERT_EQ(result.status, 0) << result.err;
}

void UplinkWorld::stop(const std::string& words) {
    const Result result = network_bridge("stop " + words);
    ASSERT_EQ(result.status, 0) << result.err;
}

std::string UplinkWorld::picture() {
    await_local_routes();
    std::string text;
    std::vector<std::string> names;
    std::vector<std::string> links;
    for (const json& link : json::parse(must({"ip", "-j", "-d", "address", "show"}))) {
        names.push_back(link.at("ifname").get<std::string>());
        links.push_back(describe_link(link));
    }
    std::sort(links.begin(), links.end());
    for (const std::string& link : links)
        text += link;
    text += sorted(lasting(must({"ip", "-4", "-d", "route", "show", "table", "all"})));
    text += sorted(lasting(must({"ip", "-6", "-d", "route", "show", "table", "all"})));
    text += must({"ip", "-4", "rule", "show"}) + must({"ip", "-6", "rule", "show"});
    text += sorted(must({"ip", "neighbour", "show", "nud", "permanent"}));
    text += sorted(must({"ip", "neighbour", "show", "proxy"}));
    text += must({"ip", "nexthop", "show"});
    text += static_multicast();
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
        text += sysctls_of(name);
    return text;
}

std::string UplinkWorld::show(const std::string& words) {
    return must(split("ip " + words));
}

bool UplinkWorld::exists(const std::string& netdev) {
    return std::filesystem::exists("/sys/class/net/" + netdev);
}

std::string UplinkWorld::master_of(const std::string& netdev) {
    const json link = link_of(netdev);
    return link.is_null() ? "no such netdev" : link.value("master", "");
}

std::string UplinkWorld::mac_of(const std::string& netdev) {
    const json link = link_of(netdev);
    return link.is_null() ? "no such netdev" : link.value("address", "");
}

bool UplinkWorld::is_up(const std::string& netdev) {
    const json link = link_of(netdev);
    if (link.is_null())
        return false;
    const auto flags = link.at("flags").get<std::vector<std::string>>();
    return std::find(flags.begin(), flags.end(), "UP") != flags.end();
}

std::vector<std::string> UplinkWorld::addresses_of(const std::string& netdev) {
    std::vector<std::string> found;
    const json link = link_of(netdev);
    if (!link.is_null())
        for (const json& each : link.at("addr_info"))
            found.push_back(each.value("local", "?") + "/" + std::to_string(each.value("prefixlen", -1)));
    return found;
}

bool UplinkWorld::reaches_the_gateway() {
    const auto answers = [](const std::string& gateway) {
        constexpr int tries = 3; // a machine that is slow may have lost one
        for (int i = 0; i < tries; ++i)
            if (run(split("ping -q -c 1 -W 3 " + gateway)).status == 0)
                return true;
        return false;
    };
    return answers("192.0.2.1") && answers("2001:db8::1");
}

void UplinkWorld::expect_untouched(const std::string& before) {
    std::string now;
    (void)eventually([&] { return (now = picture()) == before; }); // the kernel may be at work
    EXPECT_EQ(now, before);
    EXPECT_FALSE(std::filesystem::exists(std::string(rundir) + "/network/journal"));
}

void UplinkWorld::expect_refused(const Result& result, const std::string& sentence, const std::string& before) {
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find(sentence), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    expect_untouched(before);
}

void UplinkWorld::let_confirmation_time_pass() {
    bool is_awaited = false;
    for (const auto& file : std::filesystem::directory_iterator(std::string(rundir) + "/network")) {
        json record = json::parse(text_of(file.path()), nullptr, false);
        if (record.is_discarded() || !record.contains("confirm_by"))
            continue;
        record["confirm_by"] = 1;
        std::ofstream(file.path()) << record.dump();
        is_awaited = true;
    }
    ASSERT_TRUE(is_awaited);
}

} // namespace vifplug::test
