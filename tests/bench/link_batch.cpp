// SPDX-License-Identifier: LGPL-2.1-or-later
#include "link_batch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <new>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr std::size_t enough_for_a_write = 16384;
constexpr std::chrono::seconds patience{60};

void require(bool done, const char* tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

int open_netlink(std::uint32_t groups) {
    constexpr int waiting = 128 << 20;
    const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    require(netlink >= 0 && bind(netlink, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "open a netlink socket");
    (void)setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &waiting, sizeof waiting); // without it, it overruns sooner
    return netlink;
}

/// Up to the acknowledgement of the last message of a write.
void read_answer(int netlink, std::uint32_t last) {
    std::array<std::uint8_t, 32768> buffer{};
    while (true) {
        const ssize_t got = recv(netlink, buffer.data(), buffer.size(), 0);
        require(got >= 0, "read the kernel's answer");
        auto left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            errno = -static_cast<const nlmsgerr*>(nlmsg_data(header))->error;
            require(errno == 0, "change a netdev");
            if (header->nlmsg_seq == last)
                return;
        }
    }
}

} // namespace

int index_of(const std::string& netdev) {
    int index = 0;
    std::ifstream("/sys/class/net/" + netdev + "/ifindex") >> index;
    if (index == 0)
        throw std::runtime_error("there is no " + netdev);
    return index;
}

// --- changes --------------------------------------------------------------------------------------------------------

void LinkBatch::FreeMessage::operator()(nl_msg* message) const noexcept {
    nlmsg_free(message);
}

nl_msg* LinkBatch::add(int index, unsigned flags, unsigned change) {
    ifinfomsg link{};
    link.ifi_index = index;
    link.ifi_flags = flags;
    link.ifi_change = change;
    messages_.emplace_back(nlmsg_alloc_size(64));
    nl_msg* message = messages_.back().get();
    const auto number = static_cast<std::uint32_t>(messages_.size() - 1);
    if (message == nullptr || nlmsg_put(message, NL_AUTO_PORT, number, RTM_SETLINK, 0, NLM_F_REQUEST) == nullptr ||
        nlmsg_append(message, &link, sizeof link, NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

void LinkBatch::set_master(int index, int master) {
    if (nla_put_u32(add(index, 0, 0), IFLA_MASTER, static_cast<std::uint32_t>(master)) < 0)
        throw std::bad_alloc();
}

void LinkBatch::set_down(int index) {
    (void)add(index, 0, IFF_UP);
}

void LinkBatch::set_mtu(int index, unsigned mtu) {
    if (nla_put_u32(add(index, 0, 0), IFLA_MTU, mtu) < 0)
        throw std::bad_alloc();
}

void LinkBatch::run() {
    const int netlink = open_netlink(0);
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        nlmsghdr* header = nlmsg_hdr(messages_[i].get());
        const bool last = i + 1 == messages_.size() || bytes.size() >= enough_for_a_write;
        if (last)
            header->nlmsg_flags |= NLM_F_ACK;
        const auto* begin = reinterpret_cast<const std::uint8_t*>(header);
        bytes.insert(bytes.end(), begin, begin + header->nlmsg_len);
        bytes.resize(NLMSG_ALIGN(bytes.size()));
        if (!last)
            continue;
        require(send(netlink, bytes.data(), bytes.size(), 0) >= 0, "change netdevs");
        read_answer(netlink, static_cast<std::uint32_t>(i));
        bytes.clear();
    }
    close(netlink);
    messages_.clear();
}

// --- what follows ---------------------------------------------------------------------------------------------------

PortWatch::PortWatch() : socket_(open_netlink(RTMGRP_LINK)) {}

PortWatch::~PortWatch() {
    close(socket_);
}

void PortWatch::await_return(const std::vector<int>& ports) {
    const auto end = std::chrono::steady_clock::now() + patience;
    waits_for_ = {ports.begin(), ports.end()};
    has_left_.clear();
    while (!waits_for_.empty()) {
        pollfd events{.fd = socket_, .events = POLLIN, .revents = 0};
        (void)poll(&events, 1, 1000);
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::to_string(waits_for_.size()) + " ports did not come back to their bridges");
        read();
    }
}

void PortWatch::read() {
    std::array<std::uint8_t, 32768> buffer{};
    ssize_t got = 0;
    while ((got = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
        auto left = static_cast<int>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left))
            take(*header);
    }
    require(errno == EAGAIN, "hear of netdevs");
}

void PortWatch::take(const nlmsghdr& message) {
    const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(&message));
    if (message.nlmsg_type != RTM_NEWLINK || link->ifi_family != AF_UNSPEC || !waits_for_.contains(link->ifi_index))
        return;
    const auto attribute = [&](int type) {
        return nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof *link, type);
    };
    const nlattr* mtu = attribute(IFLA_MTU);
    const bool is_in_place = attribute(IFLA_MASTER) != nullptr && (link->ifi_flags & IFF_UP) != 0 && mtu != nullptr &&
                             nla_get_u32(mtu) == ETH_DATA_LEN;
    if (!is_in_place)
        has_left_.insert(link->ifi_index);
    else if (has_left_.contains(link->ifi_index))
        waits_for_.erase(link->ifi_index);
}

LinkEar::LinkEar() : socket_(open_netlink(RTMGRP_LINK)) {}

LinkEar::~LinkEar() {
    close(socket_);
}

bool LinkEar::has_heard() {
    std::array<std::uint8_t, 32768> buffer{};
    bool heard = false;
    // More than fits is an error, and has been told, too.
    while (recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
        heard = true;
    require(errno == EAGAIN, "hear of netdevs");
    return heard;
}

} // namespace vifplug::bench
