// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_events.hpp"

#include "core/error.hpp"
#include "system/link_message.hpp"

#include <algorithm>
#include <array>
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
constexpr std::size_t at_once = 16; // a vif that is put in place makes about ten

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

LinkEvents::LinkEvents()
    : socket_(nl_socket_alloc()), buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(at_once * longest_message)) {
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

void LinkEvents::add_changes(std::uint8_t* message, std::size_t length, News& news) const {
    auto left = static_cast<int>(length);
    for (auto* header = reinterpret_cast<nlmsghdr*>(message); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left))
        if (auto change = change_in(*header))
            news.changes.push_back(std::move(*change));
}

LinkEvents::News LinkEvents::read() {
    std::array<iovec, at_once> places{};
    std::array<mmsghdr, at_once> messages{};
    for (std::size_t i = 0; i < at_once; ++i) {
        places[i] = {.iov_base = buffer_.get() + i * longest_message, .iov_len = longest_message};
        messages[i].msg_hdr.msg_iov = &places[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    News news;
    while (news.changes.size() < enough_for_once) {
        const int got = recvmmsg(descriptor(), messages.data(), at_once, MSG_DONTWAIT | MSG_TRUNC, nullptr);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return news;
        if (got < 0 && errno != ENOBUFS)
            throw Error("read the kernel's network events", system_code(errno));
        news.lost = news.lost || got < 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(got, 0)); ++i) {
            if (messages[i].msg_len > longest_message)
                news.lost = true;
            else
                add_changes(buffer_.get() + i * longest_message, messages[i].msg_len, news);
        }
        if (got >= 0 && static_cast<std::size_t>(got) < at_once)
            return news;
    }
    news.more = true;
    return news;
}

} // namespace vifplug
