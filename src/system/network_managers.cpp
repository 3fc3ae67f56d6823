// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/network_managers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/processes.hpp"
#include "system/program.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

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
constexpr std::chrono::milliseconds pause{20}; // there is nothing to wait for but a change of a file of networkd's

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

std::string networkd_state(std::uint32_t index) {
    return value_of(read_small_file(networkd_links + std::to_string(index)), "ADMIN_STATE");
}

bool is_taken_up(const std::string& state) {
    return state == "configuring" || state == "configured";
}

/// Looks until the state that networkd has on file for the link will do; gives it, or the last one when the time is up.
std::string await_networkd_state(std::uint32_t index, bool (*will_do)(const std::string&)) {
    std::string state = networkd_state(index);
    while (!will_do(state) && !Deadline::has_passed()) {
        std::this_thread::sleep_for(pause);
        state = networkd_state(index);
    }
    return state;
}

/// networkd (252) looks for the file of a renamed link when udev speaks of it or when its carrier comes, and in a
/// container, where no udev is, the carrier may have come before. A reload has it look at every link, after all that
/// the kernel has said so far, and touches none whose file is the same: unlike "reconfigure", it may come twice or
/// while networkd takes the link up by itself, and no address is lost.
void have_networkd_look(const Deadline& deadline) {
    networkctl({"reload"}, deadline);
}

void take_from_networkd(const std::string& netdev, const Deadline& deadline) {
    const std::uint32_t index = if_nametoindex(netdev.c_str());
    have_networkd_look(deadline);
    const std::string state = await_networkd_state(index, [](const std::string& now) { return now == "unmanaged"; });
    if (state != "unmanaged")
        throw ProgramFailed("systemd-networkd has not let go of " + netdev + ", which is " + in_quotes(state));
}

void give_to_networkd(const std::string& netdev, std::uint32_t index, const Deadline& deadline) {
    if (is_taken_up(networkd_state(index)))
        return;
    have_networkd_look(deadline);
    // "failed" is final: this link is not looked at again before a restart.
    const std::string state =
        await_networkd_state(index, [](const std::string& now) { return is_taken_up(now) || now == "failed"; });
    if (!is_taken_up(state))
        throw ProgramFailed("systemd-networkd does not configure " + netdev + ", which is " + in_quotes(state) +
                            " to it: \"systemctl restart systemd-networkd\" lets it look again");
}

void tell_networkd(const NetworkManager& networkd, const UplinkNames& names, const Deadline& deadline) {
    const std::string own = read_small_file(networkd.network_file);
    if (own.empty())
        throw Error("read " + printable(networkd.network_file), system_code(ENOENT));
    write_file(networkd_directory, holder_file(names), networkd_holder(names, own, networkd.iaid));
    write_file(networkd_directory, ports_file(names), networkd_unmanaged(names.left_out));
    have_networkd_look(deadline);
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
            try_to(sentences, [&] { take_from_networkd(names.nic, deadline); });
        } else if (manager.kind == NetworkManagerKind::network_manager) {
            try_to(sentences, [&] { nmcli({"device", "set", names.nic, "managed", "no"}, deadline); });
            try_to(sentences, [&] { nmcli({"device", "set", names.holder, "managed", "yes"}, deadline); });
        }
    }
    return sentences;
}

Sentences tell_before_giving(const UplinkNames& names, const Netdev& taker, const Deadline& deadline) {
    Sentences sentences;
    try_to(sentences, [&] {
        if (access(holder_file(names).c_str(), F_OK) == 0 && runs_in_our_network(networkd_process))
            give_to_networkd(taker.name, static_cast<std::uint32_t>(taker.index.number()), deadline);
    });
    return sentences;
}

Sentences tell_after_stop(const UplinkNames& names, const Deadline& deadline) {
    Sentences sentences;
    try_to(sentences, [&] {
        const bool had_holder = remove_file(holder_file(names));
        const bool had_ports = remove_file(ports_file(names));
        if ((!had_holder && !had_ports) || !runs_in_our_network(networkd_process))
            return;
        have_networkd_look(deadline); // at the files that are gone
        give_to_networkd(names.netdev, if_nametoindex(names.netdev.c_str()), deadline);
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
