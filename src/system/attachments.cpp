// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/attachments.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/bound_sockets.hpp"
#include "system/netlink_socket.hpp"
#include "system/small_file.hpp"

#include <algorithm>
#include <array>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <set>
#include <sys/socket.h>

namespace vifplug {

namespace {

using Lines = std::vector<std::string>;

// --- sockets --------------------------------------------------------------------------------------------------------

std::string hex16(unsigned number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "0x";
    for (const unsigned shift : {12U, 8U, 4U, 0U})
        text += digits[(number >> shift) & 0xF];
    return text;
}

/// "a TCP socket bound to eth0 (port 22)"
std::string described(const BoundSocket& socket, const std::string& nic) {
    switch (socket.kind) {
    case BoundSocket::Kind::tcp:
        return "a TCP socket bound to " + nic + " (port " + std::to_string(socket.number) + ")";
    case BoundSocket::Kind::udp:
        return "a UDP socket bound to " + nic + " (port " + std::to_string(socket.number) + ")";
    case BoundSocket::Kind::raw:
        return "a raw socket bound to " + nic + " (IP protocol " + std::to_string(socket.number) + ")";
    case BoundSocket::Kind::packet:
        return "a packet socket on " + nic + " (EtherType " + hex16(socket.number) + ")";
    }
    return "";
}

Lines bound_sockets(IfIndex index, const std::string& nic) {
    const auto sockets = sockets_bound_to(index);
    std::set<std::uint32_t> inodes;
    for (const BoundSocket& socket : sockets)
        if (socket.inode != 0)
            inodes.insert(socket.inode);
    const auto owners = owners_of(inodes);
    Lines lines;
    for (const BoundSocket& socket : sockets) {
        const auto owner = owners.find(socket.inode);
        lines.push_back((owner == owners.end() ? "somebody who is not in /proc" : owner->second) + " has " +
                        described(socket, nic));
    }
    return lines;
}

// --- traffic control ------------------------------------------------------------------------------------------------

/// What a qdisc of the NIC says; empty for the kernel's own. Those have no handle, whatever their kind: it is whoever
/// sets one up that numbers it.
std::string described_qdisc(const nlmsghdr& message, const std::string& nic) {
    const auto& qdisc = *static_cast<const tcmsg*>(nlmsg_data(&message));
    const nlattr* kind = nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof(tcmsg), TCA_KIND);
    const std::string name = kind == nullptr ? "?" : printable(nla_get_string(kind));
    if (qdisc.tcm_parent == TC_H_INGRESS)
        return "tc filters what comes and goes on " + nic + " (" + name + ")";
    if (qdisc.tcm_parent == TC_H_ROOT && qdisc.tcm_handle != 0)
        return "tc queues what leaves by " + nic + " (" + name + ")";
    return "";
}

Lines traffic_control(IfIndex index, const std::string& nic) {
    NetlinkSocket socket(NETLINK_ROUTE);
    Lines lines;
    const auto question = [] { return make_request(RTM_GETQDISC, NLM_F_DUMP, tcmsg{}); };
    socket.dump(
        question, "list the queueing disciplines", [&] { lines.clear(); },
        [&](const nlmsghdr& message) {
            if (static_cast<const tcmsg*>(nlmsg_data(&message))->tcm_ifindex != index.number())
                return;
            if (std::string line = described_qdisc(message, nic); !line.empty())
                lines.push_back(std::move(line));
        });
    return lines;
}

// --- XDP ------------------------------------------------------------------------------------------------------------

std::string described_xdp(const nlmsghdr& link, const std::string& nic) {
    const nlattr* xdp = nlmsg_find_attr(const_cast<nlmsghdr*>(&link), sizeof(ifinfomsg), IFLA_XDP);
    if (xdp == nullptr)
        return "";
    const auto* inside = static_cast<const nlattr*>(nla_data(xdp));
    const nlattr* attached = nla_find(inside, nla_len(xdp), IFLA_XDP_ATTACHED);
    if (attached == nullptr || nla_get_u8(attached) == XDP_ATTACHED_NONE)
        return "";
    const nlattr* program = nla_find(inside, nla_len(xdp), IFLA_XDP_PROG_ID); // absent when there are several
    const std::string which = program == nullptr ? "" : " (program " + std::to_string(nla_get_u32(program)) + ")";
    return "XDP handles what comes in by " + nic + which;
}

Lines xdp_programs(IfIndex index, const std::string& nic) {
    NetlinkSocket socket(NETLINK_ROUTE);
    Lines lines;
    ifinfomsg header{};
    header.ifi_index = index.number();
    socket.ask(make_request(RTM_GETLINK, 0, header), "look for XDP programs", [&](const nlmsghdr& link) {
        if (std::string line = described_xdp(link, nic); !line.empty())
            lines.push_back(std::move(line));
    });
    return lines;
}

// --- DNS ------------------------------------------------------------------------------------------------------------

/// systemd-resolved keeps what `resolvectl dns` set in a file per link, as a line "SERVERS=192.0.2.53 2001:db8::53".
Lines name_servers(IfIndex index, const std::string& nic) {
    constexpr std::string_view key = "\nSERVERS=";
    const std::string state = "\n" + read_small_file("/run/systemd/resolve/netif/" + std::to_string(index.number()));
    const std::size_t at = state.find(key);
    if (at == std::string::npos)
        return {};
    const std::string_view value = std::string_view(state).substr(at + key.size());
    std::string servers;
    for (const std::string_view server : words(value.substr(0, value.find('\n'))))
        servers += (servers.empty() ? "" : ", ") + printable(server);
    return servers.empty() ? Lines{} : Lines{"systemd-resolved asks DNS servers through " + nic + " (" + servers + ")"};
}

} // namespace

std::vector<std::string> attachments_of(const Netdev& nic) {
    const std::string name = printable(nic.name);
    Lines all;
    for (const auto& look : {bound_sockets, traffic_control, xdp_programs, name_servers}) {
        try {
            for (std::string& line : look(nic.index, name))
                if (std::find(all.begin(), all.end(), line) == all.end())
                    all.push_back(std::move(line));
        } catch (const Error& error) {
            all.push_back("not known for " + name + ": " + error.what());
        }
    }
    return all;
}

} // namespace vifplug
