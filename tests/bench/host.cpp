// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <linux/if.h>
#include <stdexcept>

extern "C" { // which the header leaves to us
#include <xenstore.h>
}

namespace vifplug::bench {

namespace {

const std::string bridge = "xenbr0";
const std::string guest_mac = "00:16:3e:00:00:01"; // nobody compares guests' addresses here

/// Several lines for ip(8). `tolerant`: a line that fails is passed over in silence.
void run_ip(const std::string& lines, bool tolerant) {
    FILE* ip = popen(tolerant ? "ip -force -batch - 2>/dev/null" : "ip -batch -", "w");
    if (ip == nullptr || std::fputs(lines.c_str(), ip) < 0)
        throw std::runtime_error("ip(8) cannot be started");
    if (pclose(ip) != 0 && !tolerant)
        throw std::runtime_error("ip(8) could not make the interfaces");
}

std::string veth_pair(const std::string& name, const std::string& mac, const std::string& peer) {
    return "link add " + name + " address " + mac + " type veth peer name " + peer + "\n";
}

/// With a port that stays, its MAC and state do not change with each call.
void make_bridge() {
    run_ip("link set lo up\n"
           "link add " +
               bridge + " type bridge\n" + veth_pair("uplink", "00:00:5e:00:53:01", "network") +
               "link set uplink master " + bridge +
               "\n"
               "link set network up\n"
               "link set uplink up\n"
               "link set " +
               bridge + " up\n",
           false);
}

void make_netdevs(std::span<const Guest> guests) {
    std::string links;
    std::string silence;
    for (const Guest& guest : guests) {
        const std::string other_end = "guest" + guest.domid();
        links += veth_pair(guest.vif(), "fe:ff:ff:ff:ff:ff", other_end);
        links += "link set " + other_end + " up\n";
        silence += "link set " + guest.vif() + " addrgenmode none\n";
        silence += "link set " + other_end + " addrgenmode none\n";
    }
    run_ip(links, false);
    run_ip(silence, true); // there is nothing to silence on a kernel without IPv6
}

/// Bridged frames are not shown to iptables: so it is on a host where nobody loaded br_netfilter. vif-bridge would ask
/// for the packet filter's policies otherwise, which is no part of placing a vif.
void leave_bridged_frames_alone() {
    std::ofstream("/proc/sys/net/bridge/bridge-nf-call-iptables") << 0; // missing is what is wanted
}

bool is_up(const Guest& guest) {
    unsigned flags = 0;
    std::ifstream("/sys/class/net/" + guest.vif() + "/flags") >> std::hex >> flags;
    return (flags & IFF_UP) != 0;
}

bool is_on_bridge(const Guest& guest) {
    return std::filesystem::exists("/sys/class/net/" + bridge + "/brif/" + guest.vif());
}

} // namespace

Call Guest::call(const std::string& program, const std::string& verb) const {
    std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                         "LANG=C.UTF-8",
                                         "script=/etc/xen/scripts/vif-bridge",
                                         "XENBUS_TYPE=vif",
                                         "XENBUS_PATH=" + backend(),
                                         "XENBUS_BASE_PATH=backend",
                                         "netdev=",
                                         "vif=" + vif()};
    for (const char* passed_on : {"XENSTORED_RUNDIR", "VIFPLUG_RUNDIR"})
        if (const char* value = std::getenv(passed_on))
            environment.push_back(std::string(passed_on) + "=" + value);
    return {.words = {program, verb, "type_if=vif"}, .environment = std::move(environment)};
}

void Host::Close::operator()(xs_handle* handle) const noexcept {
    xs_close(handle);
}

Host::Host(unsigned guests) : store_(xs_open(0)) {
    if (!store_)
        throw std::runtime_error("there is no xenstore here: use the command tests/bench/vif-bridge");
    for (unsigned domid = 1; domid <= guests; ++domid)
        guests_.emplace_back(domid);
    make_bridge();
    leave_bridged_frames_alone();
    make_netdevs(guests_);
    for (const Guest& guest : guests_)
        write_nodes(guest);
}

Host::~Host() = default; // the interfaces go with their namespace

void Host::write(const std::string& path, std::string_view value) const {
    if (!xs_write(store_.get(), XBT_NULL, path.c_str(), value.data(), static_cast<unsigned>(value.size())))
        throw std::runtime_error("cannot write " + path + " in xenstore");
}

std::string Host::read(const std::string& path) const {
    unsigned length = 0;
    const std::unique_ptr<void, decltype(&std::free)> value(xs_read(store_.get(), XBT_NULL, path.c_str(), &length),
                                                            &std::free);
    return value ? std::string(static_cast<const char*>(value.get()), length) : "";
}

/// As libxl does, with the state that netback has set by the time libxl calls the script: 2, InitWait.
void Host::write_nodes(const Guest& guest) const {
    const auto backend = [&](const std::string& key, std::string_view value) {
        write("/local/domain/0/" + guest.backend() + "/" + key, value);
    };
    backend("frontend", guest.frontend());
    backend("frontend-id", guest.domid());
    backend("online", "1");
    backend("state", "2");
    backend("script", "/etc/xen/scripts/vif-bridge");
    backend("mac", guest_mac);
    backend("bridge", bridge);
    backend("handle", "0");
    backend("type", "vif");
    backend("hotplug-status", "");
    write(guest.frontend() + "/backend", "/local/domain/0/" + guest.backend());
    write(guest.frontend() + "/backend-id", "0");
    write(guest.frontend() + "/state", "1");
    write(guest.frontend() + "/handle", "0");
    write(guest.frontend() + "/mac", guest_mac);
    write(guest.frontend() + "/mtu", "1500");
}

void Host::reset(std::span<const Guest> guests) const {
    for (const Guest& guest : guests)
        write("/local/domain/0/" + guest.backend() + "/hotplug-status", "");
}

void Host::check_online(std::span<const Guest> guests) const {
    for (const Guest& guest : guests)
        if (!is_on_bridge(guest) || !is_up(guest) ||
            read("/local/domain/0/" + guest.backend() + "/hotplug-status") != "connected")
            throw std::runtime_error(guest.vif() + " is not in place after a call that said it succeeded");
}

void Host::check_offline(std::span<const Guest> guests) const {
    for (const Guest& guest : guests)
        if (is_on_bridge(guest) || is_up(guest))
            throw std::runtime_error(guest.vif() + " is still in place after a call that said it succeeded");
}

} // namespace vifplug::bench
