// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_events.hpp"

#include "core/error.hpp"
#include "system/link_message.hpp"

#include <cerrno>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <new>
#include <sys/socket.h>

namespace vifplug {

namespace {

constexpr std::size_t longest_message = 32768;   // a bridge port with 4,094 single VLANs takes 32,752
constexpr int waiting_events = 16 * 1024 * 1024; // of 4,000 ports that change several times each
constexpr std::size_t enough_for_once = 256;

std::optional<LinkChange> change_in(const nlmsghdr& message) {
    using enum LinkChange::What;
    if (message.nlmsg_type == RTM_NEWVLAN || message.nlmsg_type == RTM_DELVLAN) {
        const auto* header = static_cast<const br_vlan_msg*>(nlmsg_data(&message));
        return LinkChange{vlans, IfIndex(static_cast<int>(header->ifindex))};
    }
    if (message.nlmsg_type != RTM_NEWLINK && message.nlmsg_type != RTM_DELLINK)
        return std::nullopt;
    const auto* header = static_cast<const ifinfomsg*>(nlmsg_data(&message));
    // The bridge's own view of a port: about its VLANs, or that it has left, which the netdev's view tells as well.
    if (header->ifi_family == AF_BRIDGE)
        return LinkChange{vlans, IfIndex(header->ifi_index)};
    if (message.nlmsg_type == RTM_DELLINK)
        return LinkChange{gone, IfIndex(header->ifi_index)};
    return LinkChange{LinkChange::What::link, IfIndex(header->ifi_index), read_link(message)};
}

} // namespace

LinkEvents::LinkEvents() : socket_(nl_socket_alloc()), buffer_(longest_message) {
    if (!socket_)
        throw std::bad_alloc();
    nl_socket_disable_seq_check(socket_.get());
    nl_join_groups(socket_.get(), 0);
    errno = 0;
    if (nl_connect(socket_.get(), NETLINK_ROUTE) < 0)
        throw Error("listen to the kernel's network events", system_code(errno != 0 ? errno : EIO));
    // Without the privilege less is granted, and then it overruns sooner.
    (void)setsockopt(descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &waiting_events, sizeof waiting_events);
    if (nl_socket_add_membership(socket_.get(), RTNLGRP_LINK) < 0)
        throw Error("listen to the kernel's network events", system_code(errno != 0 ? errno : EIO));
    // Kernels before 5.6 have no such group: there the link group tells of VLANs as well.
    (void)nl_socket_add_membership(socket_.get(), RTNLGRP_BRVLAN);
}

int LinkEvents::descriptor() const {
    return nl_socket_get_fd(socket_.get());
}

LinkEvents::News LinkEvents::read() {
    News news;
    while (news.changes.size() < enough_for_once) {
        const ssize_t got = recv(descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return news;
        if (got < 0 && errno != ENOBUFS)
            throw Error("read the kernel's network events", system_code(errno));
        if (got < 0 || static_cast<std::size_t>(got) > buffer_.size()) {
            news.lost = true;
            continue;
        }
        auto left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left))
            if (auto change = change_in(*header))
                news.changes.push_back(std::move(*change));
    }
    news.more = true;
    return news;
}

} // namespace vifplug
