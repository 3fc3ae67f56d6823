// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/root_path.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/netlink_socket.hpp"
#include "system/small_file.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <filesystem>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <set>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace vifplug {

namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
    const auto all = words(text);
    return all.empty() ? "" : std::string(all.front());
}

/// The names in a directory; none when there is no such directory.
std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code ignored; // what cannot be listed has nothing to say
    for (fs::directory_iterator at(directory, ignored), end; at != end; at.increment(ignored))
        names.push_back(at->path().filename());
    return names;
}

// --- the block device ------------------------------------------------------------------------------------------------

/// What is known of the disks below "/".
struct Disks {
    bool any = false; ///< false: sysfs does not know the device
    std::optional<NetworkRoot> network;
    bool all_known = true;
};

void add_server(Disks& disks, const std::string& protocol, const std::string& server) {
    if (!disks.network)
        disks.network = NetworkRoot{.protocol = protocol, .servers = {}};
    if (const auto address = server_address(server))
        disks.network->servers.push_back(*address);
    else
        disks.all_known = false;
}

/// ".../host2/session1/target2:0:0/...": the servers that the session's connections go to.
void add_iscsi(Disks& disks, const fs::path& sys, const std::string& session) {
    const fs::path connections = sys / "class/iscsi_connection";
    const std::string of_session = "connection" + session + ":";
    bool any = false;
    for (const std::string& name : names_in(connections)) {
        if (!name.starts_with(of_session))
            continue;
        any = true;
        const std::string in_use = trimmed(read_small_file(connections / name / "address"));
        // A connection that is lost has no address any more, and goes back to the one it was configured with.
        const std::string configured = trimmed(read_small_file(connections / name / "persistent_address"));
        add_server(disks, "iSCSI", server_address(in_use) ? in_use : configured);
    }
    if (!any)
        add_server(disks, "iSCSI", "");
}

/// "traddr=192.0.2.1,trsvcid=4420,src_addr=..." of a controller; others are by PCI or Fibre Channel.
void add_nvme_controller(Disks& disks, const fs::path& controller) {
    const std::string transport = trimmed(read_small_file(controller / "transport"));
    if (transport != "tcp" && transport != "rdma")
        return;
    const std::string address = trimmed(read_small_file(controller / "address"));
    constexpr std::string_view key = "traddr=";
    const std::size_t at = address.find(key);
    const std::size_t from = at == std::string::npos ? address.size() : at + key.size();
    add_server(disks, "NVMe", address.substr(from, address.find(',', from) - from));
}

/// A disk is below its controller, or, with several of them, below a subsystem that links to each.
void add_nvme(Disks& disks, const fs::path& disk) {
    const fs::path parent = disk.parent_path();
    add_nvme_controller(disks, parent);
    for (const std::string& name : names_in(parent))
        if (name.starts_with("nvme"))
            add_nvme_controller(disks, parent / name);
}

/// `disk` is a whole disk's directory below /sys/devices.
void add_disk(Disks& disks, const fs::path& sys, const fs::path& disk) {
    disks.any = true;
    constexpr std::string_view session = "session";
    for (const fs::path& part : disk) {
        const std::string name = part.string();
        if (name.starts_with(session) && parse_decimal(name.substr(session.size()))) {
            add_iscsi(disks, sys, name.substr(session.size()));
            return;
        }
    }
    const std::string name = disk.filename().string();
    if (name.starts_with("nvme"))
        add_nvme(disks, disk);
    else if (name.starts_with("nbd"))
        add_server(disks, "NBD", "");
    else if (name.starts_with("rbd"))
        add_server(disks, "Ceph", "");
    else if (name.starts_with("etherd"))
        add_server(disks, "ATA over Ethernet", "");
}

/// Goes down from a device to the disks it is made of; each is looked at once.
void add_device(Disks& disks, const fs::path& sys, const fs::path& directory, std::set<std::string>& seen) {
    std::error_code gone;
    fs::path device = fs::canonical(directory, gone);
    if (gone || !seen.insert(device).second)
        return;
    if (fs::exists(device / "partition", gone))
        device = device.parent_path();
    const auto slaves = names_in(device / "slaves");
    for (const std::string& slave : slaves)
        add_device(disks, sys, device / "slaves" / slave, seen);
    if (slaves.empty())
        add_disk(disks, sys, device);
}

/// The number of the device that is mounted. Btrfs has one of its own in mountinfo, but names a device.
std::string device_number(const RootMount& mount) {
    struct stat status {};
    if (!mount.source.starts_with('/') || stat(mount.source.c_str(), &status) != 0 || !S_ISBLK(status.st_mode))
        return mount.device;
    return std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
}

Disks disks_below(const RootMount& mount, const fs::path& sys) {
    Disks disks;
    std::set<std::string> seen;
    add_device(disks, sys, sys / "dev/block" / device_number(mount), seen);
    if (disks.network && !disks.all_known)
        disks.network->servers.clear();
    return disks;
}

// --- the route -------------------------------------------------------------------------------------------------------

/// An address in the bytes and the family that routes are asked with.
struct Destination {
    unsigned char family = AF_UNSPEC;
    std::array<unsigned char, 16> bytes{};
    int length = 0;
};

Destination destination_of(const std::string& address) {
    Destination to;
    constexpr int v4_length = 4;
    constexpr int v6_length = 16;
    if (inet_pton(AF_INET, address.c_str(), to.bytes.data()) == 1) {
        to.family = AF_INET;
        to.length = v4_length;
    } else if (inet_pton(AF_INET6, address.c_str(), to.bytes.data()) == 1) {
        to.family = AF_INET6;
        to.length = v6_length;
    } else {
        throw Error("find the route to " + printable(address), system_code(EINVAL));
    }
    return to;
}

NetlinkMessage route_question(const Destination& to) {
    rtmsg header{};
    header.rtm_family = to.family;
    header.rtm_dst_len = static_cast<unsigned char>(to.length * 8);
    header.rtm_flags = RTM_F_FIB_MATCH; // the route with all its next hops, not the one hop that is chosen
    NetlinkMessage question = make_request(RTM_GETROUTE, 0, header);
    if (nla_put(question.get(), RTA_DST, to.length, to.bytes.data()) < 0)
        throw std::bad_alloc();
    return question;
}

void add_device(std::vector<IfIndex>& devices, int number) {
    if (number < 1)
        return;
    const IfIndex device(number);
    if (std::find(devices.begin(), devices.end(), device) == devices.end())
        devices.push_back(device);
}

void add_next_hops(std::vector<IfIndex>& devices, const nlattr* multipath) {
    constexpr int smallest = sizeof(rtnexthop);
    int remaining = nla_len(multipath);
    const auto* hop = static_cast<const rtnexthop*>(nla_data(multipath));
    while (remaining >= smallest && RTNH_OK(hop, remaining)) { // RTNH_OK alone reads behind the last one
        add_device(devices, hop->rtnh_ifindex);
        remaining -= static_cast<int>(RTNH_ALIGN(hop->rtnh_len));
        hop = RTNH_NEXT(hop);
    }
}

std::vector<IfIndex> devices_of_route(const nlmsghdr& route) {
    std::vector<IfIndex> devices;
    auto* message = const_cast<nlmsghdr*>(&route);
    if (const nlattr* device = nlmsg_find_attr(message, sizeof(rtmsg), RTA_OIF))
        add_device(devices, static_cast<int>(nla_get_u32(device)));
    if (const nlattr* hops = nlmsg_find_attr(message, sizeof(rtmsg), RTA_MULTIPATH))
        add_next_hops(devices, hops);
    return devices;
}

bool says_no_route(const Error& error) {
    return error.code() == std::errc::network_unreachable || error.code() == std::errc::host_unreachable ||
           error.code() == std::errc::permission_denied || error.code() == std::errc::invalid_argument;
}

} // namespace

std::optional<NetworkRoot> network_root(const std::string& sys) {
    const auto mount = root_mount(read_small_file("/proc/self/mountinfo"));
    if (mount) {
        if (auto root = network_root_of(*mount))
            return root;
        Disks disks = disks_below(*mount, sys);
        if (disks.any)
            return disks.network;
    }
    return network_root_of(read_small_file("/proc/cmdline"));
}

std::vector<IfIndex> route_devices(const std::string& address) {
    std::vector<IfIndex> devices;
    if (const std::size_t scope = address.find('%'); scope != std::string::npos) {
        add_device(devices, static_cast<int>(if_nametoindex(address.substr(scope + 1).c_str())));
        return devices;
    }
    const Destination to = destination_of(address);
    NetlinkSocket socket(NETLINK_ROUTE);
    try {
        socket.ask(route_question(to), "find the route to " + address,
                   [&](const nlmsghdr& route) { devices = devices_of_route(route); });
    } catch (const Error& error) {
        if (!says_no_route(error))
            throw;
    }
    return devices;
}

} // namespace vifplug
