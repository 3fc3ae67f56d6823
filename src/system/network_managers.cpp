// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/network_managers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/processes.hpp"
#include "system/program.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <net/if.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace vifplug {

namespace {

constexpr const char* networkd_links = "/run/systemd/netif/links/";
constexpr const char* networkd_leases = "/run/systemd/netif/leases/";
constexpr const char* networkd_directory = "/run/systemd/network";
constexpr const char* network_manager_devices = "/run/NetworkManager/devices/";
constexpr const char* network_manager_directory = "/run/NetworkManager/conf.d";

constexpr const char* networkd_process = "systemd-network"; // the kernel keeps 15 bytes of a name
constexpr int looks = 30;
constexpr std::chrono::milliseconds pause{50}; // there is nothing to wait for but a change of a file of networkd's

// 00: before the administrator's own, since the first file that matches counts (systemd.network(5)).
std::string ports_file(const UplinkNames& names) {
    return std::string(networkd_directory) + "/00-vifplug-" + names.netdev + "-ports.network";
}

std::string holder_file(const UplinkNames& names) {
    return std::string(networkd_directory) + "/00-vifplug-" + names.netdev + "-holder.network";
}

std::string network_manager_file(const UplinkNames& names) {
    return std::string(network_manager_directory) + "/vifplug-" + names.netdev + ".conf";
}

/// Readable for all: networkd is not root. Whole or not at all, since a daemon may read at any time.
void write_file(const char* directory, const std::string& path, const std::string& text) {
    if (mkdir(directory, 0755) != 0 && errno != EEXIST)
        throw Error(std::string("make ") + directory, system_code(errno));
    const std::string fresh = path + ".new"; // neither daemon reads a file of such a name
    const UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file || fchmod(file.get(), 0644) != 0 ||
        write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        rename(fresh.c_str(), path.c_str()) != 0)
        throw Error("write " + path, system_code(errno));
}

/// False when there was none.
bool remove_file(const std::string& path) {
    if (unlink(path.c_str()) == 0)
        return true;
    if (errno == ENOENT)
        return false;
    throw Error("remove " + path, system_code(errno));
}

void call(const std::string& program, const std::vector<std::string>& arguments, const Deadline& deadline) {
    const auto path = find_program(program);
    if (!path)
        throw ProgramFailed(program + ": not installed");
    run_program(*path, arguments, deadline);
}

void networkctl(const std::vector<std::string>& arguments, const Deadline& deadline) {
    call("networkctl", arguments, deadline);
}

/// -w: how long nmcli itself waits, in seconds.
void nmcli(std::vector<std::string> arguments, const Deadline& deadline) {
    arguments.insert(arguments.begin(), {"-w", "5"});
    call("nmcli", arguments, deadline);
}

/// A failure as a sentence.
template <class Work>
void try_to(Sentences& sentences, const Work& work) {
    try {
        work();
    } catch (const std::exception& failure) {
        sentences.emplace_back(failure.what());
    }
}

bool has_ifupdown(const std::string& netdev) {
    return ifupdown_names(read_small_file("/run/network/ifstate"), netdev) ||
           ifupdown_names(read_small_file("/run/network/ifstate." + netdev), netdev);
}

std::optional<NetworkManager> networkd_of(std::uint32_t index) {
    const std::string number = std::to_string(index);
    const std::string link = read_small_file(networkd_links + number);
    const std::string state = value_of(link, "ADMIN_STATE");
    const std::string file = value_of(link, "NETWORK_FILE");
    if (file.empty() || state == "unmanaged" || state == "linger")
        return std::nullopt;
    return NetworkManager{.kind = NetworkManagerKind::networkd,
                          .network_file = file,
                          .iaid = iaid_of_lease(read_small_file(networkd_leases + number))};
}

bool has_network_manager(std::uint32_t index) {
    return value_of(read_small_file(network_manager_devices + std::to_string(index)), "managed") == "true";
}

std::string networkd_state(const std::string& netdev) {
    return value_of(read_small_file(networkd_links + std::to_string(if_nametoindex(netdev.c_str()))), "ADMIN_STATE");
}

/// Looks until networkd has one of these states on file for the link; gives it, or the last one when it takes too long.
std::string await_networkd_state(const std::string& netdev, const std::vector<std::string>& awaited) {
    std::string state = networkd_state(netdev);
    for (int i = 0; i < looks && std::find(awaited.begin(), awaited.end(), state) == awaited.end(); ++i) {
        if (Deadline::has_passed())
            break;
        std::this_thread::sleep_for(pause);
        state = networkd_state(netdev);
    }
    return state;
}

/// The file with Unmanaged=yes is there; networkd reads it for a link that was renamed when it is told to.
void take_from_networkd(const std::string& netdev, const Deadline& deadline) {
    networkctl({"reconfigure", netdev}, deadline);
    const std::string state = await_networkd_state(netdev, {"unmanaged"});
    if (state != "unmanaged")
        throw ProgramFailed("systemd-networkd has not let go of " + netdev + ", which is " + in_quotes(state));
}

/// networkd takes up a link that got its name back by itself, unless it met both bearers of the name at once
/// ("failed"). It must not be told when it does: doing it twice at once, it loses the address (252).
void give_to_networkd(const std::string& netdev, const Deadline& deadline) {
    const std::string state = await_networkd_state(netdev, {"configuring", "configured", "failed"});
    if (state != "configuring" && state != "configured")
        networkctl({"reconfigure", netdev}, deadline);
}

void tell_networkd(const NetworkManager& networkd, const UplinkNames& names, const Deadline& deadline) {
    const std::string own = read_small_file(networkd.network_file);
    if (own.empty())
        throw Error("read " + printable(networkd.network_file), system_code(ENOENT));
    write_file(networkd_directory, holder_file(names), networkd_holder(names, own, networkd.iaid));
    write_file(networkd_directory, ports_file(names), networkd_unmanaged(names.left_out));
    networkctl({"reload"}, deadline);
}

void tell_network_manager(const UplinkNames& names, const Deadline& deadline) {
    write_file(network_manager_directory, network_manager_file(names), network_manager_unmanaged(names.left_out));
    nmcli({"general", "reload", "conf"}, deadline);
}

} // namespace

std::vector<NetworkManager> managers_of(const std::string& netdev, std::uint32_t index) {
    std::vector<NetworkManager> managers;
    if (has_ifupdown(netdev))
        managers.push_back({.kind = NetworkManagerKind::ifupdown, .network_file = "", .iaid = {}});
    // What they write below /run outlives them, and to call one that is not there starts it.
    if (auto networkd = networkd_of(index); networkd && runs_in_our_network(networkd_process))
        managers.push_back(std::move(*networkd));
    if (has_network_manager(index) && runs_in_our_network("NetworkManager"))
        managers.push_back({.kind = NetworkManagerKind::network_manager, .network_file = "", .iaid = {}});
    return managers;
}

Sentences tell_before_start(const std::vector<NetworkManager>& managers, const UplinkNames& names,
                            const Deadline& deadline) {
    Sentences sentences;
    for (const NetworkManager& manager : managers) {
        switch (manager.kind) {
        case NetworkManagerKind::ifupdown:
            if (names.holder != names.netdev)
                sentences.push_back("ifupdown has " + names.netdev + " up, whose addresses " + names.holder +
                                    " gets: ifdown and ifup will not find them until network-bridge stop");
            break;
        case NetworkManagerKind::networkd:
            tell_networkd(manager, names, deadline);
            sentences.push_back("systemd-networkd: configures " + names.holder + " like " + names.netdev);
            break;
        case NetworkManagerKind::network_manager:
            tell_network_manager(names, deadline);
            if (names.holder_is_bridge)
                sentences.push_back("NetworkManager: the profile of " + names.netdev + " does not fit the bridge " +
                                    names.holder + ", which needs one of its own to renew a lease");
            break;
        }
    }
    return sentences;
}

Sentences tell_in_the_switch(const std::vector<NetworkManager>& managers, const UplinkNames& names,
                             const Deadline& deadline) {
    Sentences sentences;
    for (const NetworkManager& manager : managers) {
        if (manager.kind == NetworkManagerKind::networkd) {
            // Not the holder, which it has found by itself: that would drop the addresses.
            try_to(sentences, [&] { take_from_networkd(names.nic, deadline); });
        } else if (manager.kind == NetworkManagerKind::network_manager) {
            try_to(sentences, [&] { nmcli({"device", "set", names.nic, "managed", "no"}, deadline); });
            try_to(sentences, [&] { nmcli({"device", "set", names.holder, "managed", "yes"}, deadline); });
        }
    }
    return sentences;
}

Sentences tell_after_stop(const UplinkNames& names, const Deadline& deadline) {
    Sentences sentences;
    try_to(sentences, [&] {
        const bool had_holder = remove_file(holder_file(names));
        const bool had_ports = remove_file(ports_file(names));
        if ((!had_holder && !had_ports) || !runs_in_our_network(networkd_process))
            return;
        networkctl({"reload"}, deadline);
        give_to_networkd(names.netdev, deadline);
    });
    try_to(sentences, [&] {
        if (!remove_file(network_manager_file(names)) || !runs_in_our_network("NetworkManager"))
            return;
        nmcli({"general", "reload", "conf"}, deadline);
        nmcli({"device", "set", names.netdev, "managed", "yes"}, deadline);
    });
    return sentences;
}

} // namespace vifplug
