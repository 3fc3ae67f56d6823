// SPDX-License-Identifier: LGPL-2.1-or-later
#include "many_vifs.hpp"

#include "link_batch.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <linux/if.h>
#include <stdexcept>

namespace vifplug::bench {

namespace {

constexpr std::size_t fewest_bridges = 5;
constexpr std::size_t most_ports = 1000;               // a bridge takes 1,023
constexpr const char* guest_mac = "00:16:3e:00:00:01"; // nobody compares guests' addresses here

void run_ip(const std::string& lines) {
    FILE* ip = popen("ip -batch -", "w");
    if (ip == nullptr || std::fputs(lines.c_str(), ip) < 0 || pclose(ip) != 0)
        throw std::runtime_error("ip(8) could not make the interfaces");
}

std::string bridge_name(std::size_t number) {
    return "xenbr" + std::to_string(number);
}

/// On a kernel without IPv6 there is nothing to silence.
bool has_ipv6() {
    return std::filesystem::exists("/proc/net/if_inet6");
}

/// For `ip -batch`.
std::string lines_for_bridge(std::size_t number) {
    char mac[18];
    std::snprintf(mac, sizeof mac, "02:00:00:00:01:%02zx", number & 0xff);
    std::string lines = "link add " + bridge_name(number) + " address " + mac + " type bridge\n";
    if (has_ipv6())
        lines += "link set " + bridge_name(number) + " addrgenmode none\n";
    return lines + "link set " + bridge_name(number) + " up\n";
}

std::string backend_of(const Guest& guest) {
    return "/local/domain/0/" + guest.backend();
}

std::string guest_end(const Guest& guest) {
    return "guest" + guest.domid();
}

void set_ipv6(const std::string& netdev, bool on) {
    std::ofstream("/proc/sys/net/ipv6/conf/" + netdev + "/disable_ipv6") << !on; // none is there without IPv6
}

bool is_up(const std::string& netdev) {
    unsigned flags = 0;
    std::ifstream("/sys/class/net/" + netdev + "/flags") >> std::hex >> flags;
    return (flags & IFF_UP) != 0;
}

} // namespace

ManyVifs::ManyVifs(std::size_t most) {
    make_bridges(std::max(fewest_bridges, (most + most_ports - 1) / most_ports));
    // So it is on a host where nobody loaded br_netfilter. The script would ask for the packet filter's policies.
    std::ofstream("/proc/sys/net/bridge/bridge-nf-call-iptables") << 0; // missing is what is wanted
}

void ManyVifs::make_bridges(std::size_t count) {
    std::string lines = "link set lo up\n";
    for (std::size_t i = 0; i < count; ++i)
        lines += lines_for_bridge(i);
    run_ip(lines);
    for (std::size_t i = 0; i < count; ++i)
        bridges_.push_back(index_of(bridge_name(i)));
}

void ManyVifs::remove_first_bridge() const {
    run_ip("link delete " + bridge_name(0) + "\n");
}

void ManyVifs::make_first_bridge() {
    run_ip(lines_for_bridge(0));
    bridges_.at(0) = index_of(bridge_name(0));
}

std::vector<int> ManyVifs::ports_of_first_bridge() const {
    std::vector<int> ports;
    for (std::size_t i = 0; i < ports_.size(); i += bridges_.size())
        ports.push_back(ports_[i]);
    return ports;
}

std::string ManyVifs::bridge_of(std::size_t number) const {
    return bridge_name(number % bridges_.size());
}

std::vector<int> ManyVifs::bridges_of_ports() const {
    std::vector<int> all;
    for (std::size_t i = 0; i < guests_.size(); ++i)
        all.push_back(bridges_[i % bridges_.size()]);
    return all;
}

void ManyVifs::make_netdevs(std::size_t first, std::size_t last) {
    std::string making;
    std::string rising;
    for (std::size_t i = first; i < last; ++i) {
        const std::string vif = guests_[i].vif();
        making += "link add " + vif + " address fe:ff:ff:ff:ff:ff type veth peer name " + guest_end(guests_[i]) + "\n";
        rising += "link set " + guest_end(guests_[i]) + " up\n";
    }
    run_ip(making);
    for (std::size_t i = first; i < last; ++i) {
        set_ipv6(guest_end(guests_[i]), false); // which is in the guest on a real host, and gives dom0 no routes
        ports_.push_back(index_of(guests_[i].vif()));
    }
    run_ip(rising);
}

void ManyVifs::grow(std::size_t count) {
    const std::size_t first = guests_.size();
    for (std::size_t i = first; i < count; ++i)
        guests_.emplace_back(static_cast<unsigned>(i + 1));
    make_netdevs(first, count);
    in_transactions(first, count, &ManyVifs::write_nodes);
}

void ManyVifs::in_transactions(std::size_t first, std::size_t last, void (ManyVifs::*write)(std::size_t)) {
    for (std::size_t begin = first; begin < last; begin += most_at_once)
        store_.transaction([&] {
            for (std::size_t i = begin; i < std::min(last, begin + most_at_once); ++i)
                (this->*write)(i);
        });
}

/// As libxl does.
void ManyVifs::write_nodes(std::size_t number) {
    const Guest& guest = guests_[number];
    const auto backend = [&](const char* key, std::string_view value) {
        store_.write(backend_of(guest) + "/" + key, value);
    };
    const auto frontend = [&](const char* key, std::string_view value) {
        store_.write(guest.frontend() + "/" + key, value);
    };
    backend("frontend", guest.frontend());
    backend("frontend-id", guest.domid());
    backend("online", "1");
    backend("script", "/etc/xen/scripts/vif-bridge");
    backend("mac", guest_mac);
    backend("bridge", bridge_of(number));
    backend("handle", "0");
    backend("type", "vif");
    backend("state", "1");
    backend("hotplug-status", "");
    frontend("backend", backend_of(guest));
    frontend("backend-id", "0");
    frontend("state", "1");
    frontend("handle", "0");
    frontend("mac", guest_mac);
}

void ManyVifs::write_beginning(std::size_t number) {
    const Guest& guest = guests_[number];
    store_.write(backend_of(guest) + "/state", "1");
    store_.write(backend_of(guest) + "/hotplug-status", "");
    store_.remove(guest.frontend() + "/mtu");
}

void ManyVifs::reset() {
    LinkBatch batch;
    for (std::size_t i = 0; i < ready_; ++i) {
        batch.set_down(ports_[i]);
        batch.set_master(ports_[i], 0);
    }
    batch.run();
    for (std::size_t i = 0; i < ready_; ++i)
        set_ipv6(guests_[i].vif(), true);
    in_transactions(0, ready_, &ManyVifs::write_beginning);
    ready_ = 0;
}

void ManyVifs::ready(std::size_t number) {
    store_.write(backend_of(guests_[number]) + "/state", "2");
    ready_ = std::max(ready_, number + 1);
}

void ManyVifs::ready(std::size_t first, std::size_t last) {
    in_transactions(first, last, &ManyVifs::ready);
}

void ManyVifs::check_in_place(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
        const std::string vif = guests_[i].vif();
        if (!is_up(vif) || !std::filesystem::exists("/sys/class/net/" + bridge_of(i) + "/brif/" + vif) ||
            store_.read(backend_of(guests_[i]) + "/hotplug-status") != "connected")
            throw std::runtime_error(vif + " is not in place, and should be");
    }
}

} // namespace vifplug::bench
