// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/tcp_peers.hpp"

#include "core/error.hpp"
#include "system/host_messages.hpp"
#include "system/netlink_attributes.hpp"
#include "system/netlink_socket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>

namespace vifplug {

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    Bytes id;
    Bytes own_address;
    std::string peer;
    bool is_waiting = false; ///< something it sent is not acknowledged
    std::chrono::milliseconds since_answer{};
};

Bytes bytes_at(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    return {bytes, bytes + size};
}

std::string text_of(const inet_diag_msg& message) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    (void)inet_ntop(message.idiag_family, static_cast<const void*>(message.id.idiag_dst), text.data(), text.size());
    return std::string(text.data()) + " port " + std::to_string(ntohs(message.id.idiag_dport));
}

std::optional<Connection> read_connection(const nlmsghdr& header) {
    const auto& message = *static_cast<const inet_diag_msg*>(nlmsg_data(&header));
    const Attributes<inet_diag_msg, INET_DIAG_MAX> attributes(header);
    const nlattr* data = attributes[INET_DIAG_INFO];
    if (data == nullptr)
        return std::nullopt;
    tcp_info info{};
    std::memcpy(&info, nla_data(data), std::min<std::size_t>(sizeof info, static_cast<std::size_t>(nla_len(data))));
    const std::size_t size = message.idiag_family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr);
    return Connection{.id = bytes_at(&message.id, sizeof message.id),
                      .own_address = bytes_at(static_cast<const void*>(message.id.idiag_src), size),
                      .peer = text_of(message),
                      // Also what is only queued: a sender that is paced has nothing on the wire between two bursts.
                      .is_waiting = info.tcpi_unacked > 0 || message.idiag_wqueue > 0,
                      .since_answer = std::chrono::milliseconds(info.tcpi_last_ack_recv)};
}

std::vector<Connection> open_connections() {
    std::vector<Connection> connections;
    try {
        NetlinkSocket socket(NETLINK_SOCK_DIAG);
        for (const int family : {AF_INET, AF_INET6}) {
            const std::size_t before = connections.size();
            const auto question = [family] {
                inet_diag_req_v2 request{};
                request.sdiag_family = static_cast<std::uint8_t>(family);
                request.sdiag_protocol = IPPROTO_TCP;
                request.idiag_ext = 1U << (INET_DIAG_INFO - 1);
                request.idiag_states = 1U << TCP_ESTABLISHED;
                return make_request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request);
            };
            socket.dump(
                question, "list the open connections",
                [&] {
                    connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(before), connections.end());
                },
                [&](const nlmsghdr& message) {
                    if (auto connection = read_connection(message))
                        connections.push_back(std::move(*connection));
                });
        }
    } catch (const Error& error) {
        if (error.code() != system_code(ENOENT) && error.code() != system_code(EPROTONOSUPPORT) &&
            error.code() != system_code(EOPNOTSUPP))
            throw;
        connections.clear(); // a kernel without inet_diag
    }
    return connections;
}

bool is_one_of(const Bytes& address, const std::vector<Entry>& addresses) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const Entry& entry) { return own_address_of(entry.message) == address; });
}

} // namespace

std::vector<TcpPeer> tcp_peers_of(const HostState& state) {
    constexpr std::chrono::milliseconds lately{1000};
    std::vector<TcpPeer> peers;
    for (const Connection& connection : open_connections()) {
        const bool moves = is_one_of(connection.own_address, state.addresses_v4) ||
                           is_one_of(connection.own_address, state.addresses_v6);
        if (moves && connection.since_answer <= lately)
            peers.push_back({connection.id, connection.peer});
    }
    return peers;
}

std::optional<std::string> silent_tcp_peer(const std::vector<TcpPeer>& peers, Clock::time_point moved_at,
                                           Clock::duration patience) {
    constexpr std::chrono::milliseconds between_looks{2};
    constexpr std::chrono::milliseconds two_ticks{20}; // the kernel counts in ticks of up to 10 ms
    constexpr std::chrono::milliseconds to_speak_again{40};
    const auto end = Clock::now() + patience;
    while (!peers.empty()) {
        std::optional<std::string> silent;
        // Before the kernel is asked: a process that has to wait for a processor afterwards would take an answer from
        // before the move for one from after it.
        const auto since_move = Clock::now() - moved_at;
        for (const Connection& connection : open_connections()) {
            const bool is_asked = std::any_of(peers.begin(), peers.end(),
                                              [&](const TcpPeer& peer) { return peer.connection == connection.id; });
            const bool has_answered = connection.since_answer + two_ticks <= since_move;
            // Who has just spoken will speak again, and is given a moment for it.
            const bool may_answer =
                connection.is_waiting || since_move < std::min<Clock::duration>(to_speak_again, patience);
            if (is_asked && !has_answered && may_answer)
                silent = connection.peer;
        }
        if (!silent || Clock::now() >= end)
            return silent;
        std::this_thread::sleep_for(between_looks);
    }
    return std::nullopt;
}

} // namespace vifplug
