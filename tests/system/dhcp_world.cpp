// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/dhcp_world.hpp"

#include "support/eventually.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <sys/mount.h>
#include <system_error>

namespace vifplug::test {

namespace {

constexpr const char* log_file = "/run/dnsmasq.log";
constexpr const char* lease_file = "/run/dnsmasq.leases";
constexpr const char* dhcpcd_configuration = "/run/test-dhcpcd.conf";
constexpr std::chrono::seconds patience{60}; // a renewal every five, and some that are lost
constexpr int lease_seconds = 120;           // the shortest that dnsmasq gives

std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

void mount_or_throw(const char* what, const char* where, const char* type, unsigned long flags) {
    if (mount(what, where, type, flags, nullptr) != 0)
        throw std::system_error(errno, std::generic_category(), std::string("mount on ") + where);
}

void protect_the_machine() {
    mount_or_throw("/etc", "/etc", nullptr, MS_BIND);
    mount_or_throw(nullptr, "/etc", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY);
    for (const char* leases : {"/var/lib/dhcp", "/var/lib/dhcpcd"})
        mount_or_throw("tmpfs", leases, "tmpfs", 0);
}

nlohmann::json addresses() {
    return nlohmann::json::parse(must({"ip", "-j", "-4", "address", "show"}));
}

/// The client has dealt with the last answer when the address has its whole lifetime again.
bool is_fresh(const std::string& address, const std::string& link) {
    for (const auto& each : addresses())
        for (const auto& one : each.at("addr_info"))
            if (each.at("ifname") == link && one.at("local") == address)
                return one.at("valid_life_time").get<int>() > lease_seconds - 2;
    return false;
}

bool has_other_users() {
    std::istringstream map(text_of("/proc/self/uid_map"));
    unsigned long inside = 0;
    unsigned long outside = 0;
    unsigned long count = 0;
    map >> inside >> outside >> count;
    return count > 1;
}

} // namespace

void DhcpWorld::SetUp() {
    if (!has_other_users())
        GTEST_SKIP() << "the DHCP programs become other users, and this sandbox has one";
    protect_the_machine();
    must(split("ip netns add wire"));
    must(split("ip link set dev lo up"));
    must(split("ip link add name eth0 address 00:16:3e:aa:00:01 type veth peer name wire0 netns wire"));
    must(split("ip -n wire address add 192.0.2.1/24 dev wire0"));
    must(split("ip -n wire link set dev wire0 up"));
    must(split("ip link set dev eth0 up"));
    dnsmasq_.emplace(
        split(std::string("ip netns exec wire dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root "
                          "--port=0 --interface=wire0 --bind-interfaces --no-ping --dhcp-authoritative "
                          "--dhcp-range=192.0.2.100,192.0.2.150,20 "
                          "--dhcp-option=option:T1,5 --dhcp-option=option:T2,9 "
                          "--pid-file=/run/dnsmasq.pid --dhcp-leasefile=") +
              lease_file + " --log-facility=" + log_file),
        Variables{{"PATH", "/usr/sbin:/usr/bin"}});
    eventually("dnsmasq is there", [] { return text_of(log_file).find("DHCP, IP range") != std::string::npos; });
    std::ofstream(dhcpcd_configuration) << "nodev\n" // there is no udev to wait for
                                           "noarp\n" // five seconds less
                                           "duid\n"
                                           "ipv4only\n";
}

void DhcpWorld::start_dhclient() const {
    must(split("dhclient -4 -i -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases -I eth0"),
         {{"PATH", "/usr/sbin:/usr/bin"}});
    ASSERT_EQ(links_with(leased_address()), std::vector<std::string>{"eth0"});
}

void DhcpWorld::start_dhcpcd(const std::string& words) const {
    must(split(std::string("dhcpcd -b -f ") + dhcpcd_configuration + " " + words));
    ASSERT_TRUE(eventually("dhcpcd has a lease",
                           [] { return links_with(leased_address()) == std::vector<std::string>{"eth0"}; }));
}

void DhcpWorld::start_networkd() {
    must(split("ip link set dev eth0 down"));
    must(split("ip link set dev eth0 name under0 up"));
    must(split("ip link add link under0 name eth0 address 00:16:3e:aa:00:01 type macvlan mode passthru"));
    must(split("ip link set dev eth0 up"));
    mount_or_throw(nullptr, "/sys", nullptr, MS_REMOUNT | MS_RDONLY); // by which networkd knows that there is no udev
    must(split("mkdir -p /run/dbus /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases"));
    must(split("chown -R systemd-network /run/systemd/netif"));
    std::ofstream("/run/systemd/network/50-nic.network") << "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n";
    bus_.emplace(split("dbus-daemon --system --nofork --nopidfile"), Variables{});
    eventually("there is a bus", [] { return std::filesystem::exists("/run/dbus/system_bus_socket"); });
    networkd_.emplace(split("/lib/systemd/systemd-networkd"), Variables{{"container", "lxc"}});
    ASSERT_TRUE(eventually("networkd has a lease",
                           [] { return links_with(leased_address()) == std::vector<std::string>{"eth0"}; }));
    ASSERT_TRUE(eventually("networkd listens", [] { return run(split("networkctl status eth0")).status == 0; }));
}

void DhcpWorld::halt_networkd() const {
    ASSERT_EQ(kill(networkd_->pid(), SIGSTOP), 0);
}

void DhcpWorld::let_networkd_go_on() const {
    ASSERT_EQ(kill(networkd_->pid(), SIGCONT), 0);
}

void DhcpWorld::network_bridge(const std::string& words) {
    network_bridge(words, [] {});
}

void DhcpWorld::network_bridge(const std::string& words, const std::function<void()>& meanwhile) {
    const char* directory = std::getenv("VIFPLUG_TEST_LIBEXEC");
    const std::string program =
        std::string(directory == nullptr ? VIFPLUG_STAGED_LIBEXEC : directory) + "/network-bridge";
    Running running(split(program + " " + words), {{"VIFPLUG_RUNDIR", "/run/vifplug-test"}});
    meanwhile();
    const Result result = running.wait();
    EXPECT_EQ(result.status, 0) << words << ": " << result.err;
}

void DhcpWorld::expect_renewals(int count, const std::string& link) const {
    const std::vector<std::string> only_here{link};
    const std::string address = leased_address();
    for (int i = 1; i <= count && !HasFailure(); ++i) {
        const int before = said_by_server("DHCPACK");
        if (!eventually("renewal " + std::to_string(i) + " on " + link,
                        [&] { return said_by_server("DHCPACK") > before && is_fresh(address, link); }))
            ADD_FAILURE() << must(split("ip address show")) << text_of(log_file);
        EXPECT_EQ(links_with(address), only_here) << "after renewal " << i;
        EXPECT_EQ(leased_address(), address) << "after renewal " << i;
    }
}

std::string DhcpWorld::leased_address() {
    const Words fields = split(text_of(lease_file)); // expiry, MAC, address, name, client identifier
    return fields.size() < 3 ? "" : fields[2];
}

std::vector<std::string> DhcpWorld::links_with(const std::string& address) {
    std::vector<std::string> links;
    for (const auto& link : addresses())
        for (const auto& one : link.at("addr_info"))
            if (one.at("local") == address)
                links.push_back(link.at("ifname"));
    return links;
}

std::vector<std::string> DhcpWorld::command_lines(const std::string& name) {
    std::vector<std::string> lines;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        if (text_of(entry.path() / "comm") != name + "\n")
            continue;
        std::string line = text_of(entry.path() / "cmdline");
        while (line.ends_with('\0'))
            line.pop_back();
        std::replace(line.begin(), line.end(), '\0', ' ');
        if (!line.empty()) // one that has ended, and is nobody's child here, has none
            lines.push_back(line);
    }
    return lines;
}

int DhcpWorld::said_by_server(const std::string& word) {
    int times = 0;
    const std::string log = text_of(log_file);
    for (std::size_t at = log.find(word); at != std::string::npos; at = log.find(word, at + 1))
        ++times;
    return times;
}

bool DhcpWorld::eventually(const std::string& what, const std::function<bool()>& is_so) {
    if (test::eventually(is_so, patience))
        return true;
    ADD_FAILURE() << "waited in vain: " << what;
    return false;
}

} // namespace vifplug::test
