// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/bound_sockets.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/netlink_socket.hpp"
#include "system/small_file.hpp"

#include <array>
#include <endian.h>
#include <filesystem>
#include <functional>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace vifplug {

namespace {

namespace fs = std::filesystem;
using Kind = BoundSocket::Kind;
using Read = std::function<std::optional<BoundSocket>(const nlmsghdr&)>;

/// Adds what the kernel lists and `read` takes.
template <class Request>
void add_listed(std::vector<BoundSocket>& sockets, NetlinkSocket& diag, const Request& request,
                const std::string& tried, const Read& read) {
    const std::size_t before = sockets.size();
    const auto question = [&] { return make_request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request); };
    try {
        diag.dump(
            question, tried, [&] { sockets.resize(before); },
            [&](const nlmsghdr& message) {
                if (const auto socket = read(message))
                    sockets.push_back(*socket);
            });
    } catch (const Error& error) {
        // How a kernel says that it has no such list.
        if (error.code() != std::errc::no_such_file_or_directory && error.code() != std::errc::invalid_argument)
            throw;
    }
}

void add_inet(std::vector<BoundSocket>& sockets, NetlinkSocket& diag, IfIndex index, int family, Kind kind) {
    inet_diag_req_v2 request{};
    request.sdiag_family = static_cast<std::uint8_t>(family);
    request.sdiag_protocol = kind == Kind::tcp ? IPPROTO_TCP : kind == Kind::udp ? IPPROTO_UDP : IPPROTO_RAW;
    request.idiag_states = ~0U;
    add_listed(sockets, diag, request, "list the sockets of IP", [&](const nlmsghdr& message) {
        const auto& found = *static_cast<const inet_diag_msg*>(nlmsg_data(&message));
        const bool is_bound = found.id.idiag_if == static_cast<std::uint32_t>(index.number());
        // Ports are in network byte order; raw sockets have their protocol in the same place.
        return is_bound ? std::optional(BoundSocket{kind, be16toh(found.id.idiag_sport), found.idiag_inode})
                        : std::nullopt;
    });
}

void add_packet(std::vector<BoundSocket>& sockets, NetlinkSocket& diag, IfIndex index) {
    packet_diag_req request{};
    request.sdiag_family = AF_PACKET;
    request.pdiag_show = PACKET_SHOW_INFO;
    add_listed(sockets, diag, request, "list the packet sockets", [&](const nlmsghdr& message) {
        const auto& found = *static_cast<const packet_diag_msg*>(nlmsg_data(&message));
        const nlattr* info =
            nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof(packet_diag_msg), PACKET_DIAG_INFO);
        const bool is_bound = info != nullptr && nla_len(info) >= static_cast<int>(sizeof(packet_diag_info)) &&
                              static_cast<const packet_diag_info*>(nla_data(info))->pdi_index ==
                                  static_cast<std::uint32_t>(index.number());
        return is_bound ? std::optional(BoundSocket{Kind::packet, found.pdiag_num, found.pdiag_ino}) : std::nullopt;
    });
}

/// The number in "socket:[12345]", which is what /proc/<pid>/fd/<n> of a socket points to.
std::optional<std::uint32_t> inode_of(const std::string& target) {
    constexpr std::string_view head = "socket:[";
    if (!target.starts_with(head) || !target.ends_with(']'))
        return std::nullopt;
    return parse_decimal(std::string_view(target).substr(head.size(), target.size() - head.size() - 1));
}

std::string process_name(const fs::path& process) {
    std::string name = read_small_file(process / "comm");
    if (name.ends_with('\n'))
        name.pop_back();
    return printable(name) + " (pid " + process.filename().string() + ")";
}

void add_owned_by(std::map<std::uint32_t, std::string>& owners, const fs::path& process,
                  const std::set<std::uint32_t>& inodes) {
    std::error_code gone; // processes and descriptors come and go while we look
    for (fs::directory_iterator at(process / "fd", gone), end; at != end; at.increment(gone)) {
        const auto inode = inode_of(fs::read_symlink(at->path(), gone).string());
        if (inode && inodes.contains(*inode) && !owners.contains(*inode))
            owners.emplace(*inode, process_name(process));
    }
}

} // namespace

std::vector<BoundSocket> sockets_bound_to(IfIndex index) {
    NetlinkSocket diag(NETLINK_SOCK_DIAG);
    std::vector<BoundSocket> sockets;
    for (const Kind kind : {Kind::tcp, Kind::udp, Kind::raw})
        for (const int family : {AF_INET, AF_INET6})
            add_inet(sockets, diag, index, family, kind);
    add_packet(sockets, diag, index);
    return sockets;
}

std::map<std::uint32_t, std::string> owners_of(const std::set<std::uint32_t>& inodes) {
    std::map<std::uint32_t, std::string> owners;
    std::error_code gone;
    for (fs::directory_iterator at("/proc", gone), end; at != end && owners.size() < inodes.size(); at.increment(gone))
        if (parse_decimal(at->path().filename().string()))
            add_owned_by(owners, at->path(), inodes);
    return owners;
}

} // namespace vifplug
