// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dom0.hpp"

#include "support/command.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr int loaded_addresses = 100;
constexpr int loaded_routes = 1000;

void require(bool done, const char* tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

std::string ip(const std::string& words) {
    return test::must(test::split("ip " + words));
}

/// Many lines for ip(8) at once.
void ip_batch(const std::string& options, const std::string& lines) {
    const char* file = "/run/batch";
    std::ofstream(file) << lines;
    (void)ip(options + "-batch " + file);
}

std::string address(const std::string& prefix) {
    return "address add " + prefix + " dev eth0" + (prefix.find(':') == std::string::npos ? "" : " nodad") + "\n";
}

std::string route(const std::string& words) {
    return "route add " + words + " dev eth0\n";
}

std::string plain_addresses() {
    return address(std::string(dom0_v4) + "/24") + address(std::string(dom0_v6) + "/64");
}

std::string default_routes() {
    return route("default via 192.0.2.1") + route("default via 2001:db8::1 metric 1024");
}

/// Beside those of the plain host: secondaries of its prefixes, and prefixes of their own.
std::string more_addresses() {
    std::string lines;
    for (int i = 0; i < (loaded_addresses - 2) / 2; ++i) {
        const std::string number = std::to_string(i + 20);
        const bool is_secondary = i % 2 == 0;
        lines += address(is_secondary ? "192.0.2." + number + "/24" : "10.1." + number + ".1/24");
        lines += address(is_secondary ? "2001:db8::1:" + number + "/64" : "2001:db8:1:" + number + "::1/64");
    }
    return lines;
}

/// Beside the default routes. Each tenth is in another table, each seventh has a metric and an mtu.
std::string more_routes() {
    std::string lines;
    for (int i = 0; i < (loaded_routes - 2) / 2; ++i) {
        const std::string how =
            std::string(i % 7 == 0 ? " metric 77 mtu 1400" : "") + (i % 10 == 0 ? " table 100" : "");
        const std::string v4 = "172." + std::to_string(16 + i / 256) + "." + std::to_string(i % 256) + ".0/24";
        lines += route(v4 + " via 192.0.2.1" + how);
        lines += route("2001:db8:2:" + std::to_string(i) + "::/64 via 2001:db8::1" + how);
    }
    return lines;
}

/// The link-local address of eth0 is there at once, as it is on a host that came up a while ago.
void set_duplicate_detection(bool on) {
    std::ofstream("/proc/sys/net/ipv6/conf/eth0/accept_dad") << (on ? 1 : 0);
}

/// The kernel comes by once a second at times (net/core/link_watch.c).
void await_link_local_address() {
    constexpr int looks = 300;
    for (int i = 0; i < looks; ++i) {
        const std::string lines = ip("-6 -oneline address show dev eth0");
        if (lines.find("fe80:") != std::string::npos && lines.find("tentative") == std::string::npos)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("eth0 has no link-local address");
}

void make_remote_host() {
    (void)ip("link set lo up");
    (void)ip("netns add remote");
    ip_batch("-n remote ", "link set lo up\n"
                           "link add lan address 00:00:5e:00:53:02 type bridge\n"
                           "link add other type veth peer name others-end\n"
                           "link set other master lan\n"
                           "link set other up\n"
                           "link set others-end up\n"
                           "link set lan up\n"
                           "address add 192.0.2.1/24 dev lan\n"
                           "address add 2001:db8::1/64 dev lan nodad\n");
}

void remove_links() {
    for (const auto& link : std::filesystem::directory_iterator("/sys/class/net"))
        if (link.path().filename() != "lo")
            (void)test::run({"ip", "link", "del", link.path().filename()}); // one end of a pair takes the other along
}

Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

void append(Lines& to, const Lines& more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// The kernel promises no order of them.
Lines sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

Lines routes() {
    Lines all = lines_of(ip("-4 -oneline route show table all"));
    append(all, lines_of(ip("-6 -oneline route show table all")));
    return sorted(std::move(all));
}

std::string line_of_one_only(const Lines& wanted, const Lines& now) {
    const auto without = [](const Lines& from, const Lines& what) {
        Lines rest;
        std::copy_if(from.begin(), from.end(), std::back_inserter(rest), [&what](const std::string& line) {
            return std::find(what.begin(), what.end(), line) == what.end();
        });
        return rest;
    };
    const Lines missing = without(wanted, now);
    const Lines new_ones = without(now, wanted);
    std::string text;
    if (!missing.empty())
        text += "  missing (" + std::to_string(missing.size()) + "): " + missing.front() + "\n";
    if (!new_ones.empty())
        text += "  new (" + std::to_string(new_ones.size()) + "): " + new_ones.front() + "\n";
    return text.empty() ? "  the order of the addresses\n" : text;
}

std::string index_of(const std::string& link) {
    std::string index;
    std::ifstream("/sys/class/net/" + link + "/ifindex") >> index;
    return index;
}

} // namespace

Dom0::Dom0(std::string records) : records_(std::move(records)) {
    make_remote_host();
}

void Dom0::make(Load load) {
    remove_links();
    std::filesystem::remove_all(records_);
    ip_batch("", "link add eth0 address 00:00:5e:00:53:01 type veth peer name wire netns remote\n");
    ip_batch("-n remote ", "link set wire master lan\nlink set wire up\n");
    set_duplicate_detection(false);
    const bool is_loaded = load == Load::loaded;
    ip_batch("", "link set eth0 up\n" + plain_addresses() + (is_loaded ? more_addresses() : "") + default_routes() +
                     (is_loaded ? more_routes() : ""));
    await_link_local_address();
    set_duplicate_detection(true);
    nic_index_ = index_of("eth0");
}

Lines Dom0::state() const {
    Lines all = lines_of(ip("-details -oneline link show"));
    append(all, lines_of(ip("-oneline address show")));
    append(all, routes());
    return all;
}

Lines Dom0::carried() const {
    Lines all;
    for (const std::string& line : lines_of(ip("-oneline address show dev eth0")))
        all.push_back(line.substr(line.find(':') + 1)); // without the link's number
    for (const std::string& line : routes())
        if ((line + " ").find(" dev eth0 ") != std::string::npos)
            all.push_back(line);
    return all;
}

bool Dom0::is_started() const {
    return index_of("peth0") == nic_index_ && index_of("eth0") != nic_index_ &&
           std::filesystem::exists("/sys/class/net/eth0") && std::filesystem::exists("/sys/class/net/peth0/brport");
}

std::string difference_from(const Lines& wanted, const std::function<Lines()>& now) {
    constexpr int tries = 60;
    constexpr auto pause = std::chrono::milliseconds(50);
    for (int i = 1; i < tries; ++i) {
        if (now() == wanted)
            return "";
        std::this_thread::sleep_for(pause);
    }
    const Lines last = now();
    return last == wanted ? "" : line_of_one_only(wanted, last);
}

void in_remote_namespace(const std::function<void()>& what) {
    const int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    const int there = open("/run/netns/remote", O_RDONLY | O_CLOEXEC);
    require(here >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0, "enter the remote host's namespace");
    what();
    require(setns(here, CLONE_NEWNET) == 0, "come back from the remote host's namespace");
    close(here);
    close(there);
}

} // namespace vifplug::bench
