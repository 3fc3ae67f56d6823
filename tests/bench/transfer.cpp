// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transfer.hpp"

#include "dom0.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr std::size_t piece_length = 8192;

void require(bool done, const char* tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

/// The sequence. A byte that is lost, doubled or out of its place shows at the next one.
char byte_at(std::uint64_t offset) {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    return static_cast<char>((offset * factor) >> 56U);
}

bool is_temporary(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOBUFS;
}

sockaddr_in dom0_address(in_port_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = port;
    (void)inet_pton(AF_INET, dom0_v4, &address.sin_addr);
    return address;
}

int tcp_socket() {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int no_delay = 1;
    require(made >= 0 && setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay) == 0, "make a socket");
    return made;
}

/// At a port of the kernel's choice.
int listen_in_dom0() {
    const int listener = tcp_socket();
    const sockaddr_in address = dom0_address(0);
    require(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                listen(listener, 1) == 0,
            "listen in dom0");
    return listener;
}

int connect_from_remote(int listener) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    require(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0, "ask for the port");
    int made = -1;
    in_remote_namespace([&made, &address, length] {
        made = tcp_socket();
        timeval limit{.tv_sec = 5, .tv_usec = 0}; // for connect(2) as well
        (void)setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        require(connect(made, reinterpret_cast<const sockaddr*>(&address), length) == 0, "connect to dom0");
    });
    return made;
}

int accept_and_close(int listener) {
    constexpr int patience_ms = 5000;
    pollfd waiting{.fd = listener, .events = POLLIN, .revents = 0};
    const int accepted = poll(&waiting, 1, patience_ms) == 1 ? accept4(listener, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    require(accepted >= 0, "accept in dom0");
    close(listener);
    return accepted;
}

} // namespace

void TransferEnd::send_piece() {
    std::array<char, piece_length> piece{};
    for (std::size_t i = 0; i < piece.size(); ++i)
        piece[i] = byte_at(sent_ + i);
    const ssize_t taken = send(socket_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0)
        sent_ += static_cast<std::uint64_t>(taken);
    else if (taken < 0 && !is_temporary(errno))
        alive_ = false;
}

bool TransferEnd::receive() {
    std::array<char, 16 * piece_length> data{};
    bool something = false;
    ssize_t length = 0;
    while (alive_ && (length = recv(socket_, data.data(), data.size(), MSG_DONTWAIT)) > 0) {
        something = true;
        alive_ = std::all_of(data.begin(), data.begin() + length,
                             [this](char byte) { return byte == byte_at(received_++); });
    }
    if (length == 0 || (length < 0 && !is_temporary(errno)))
        alive_ = false;
    return something;
}

Transfer::Transfer() : remote_(-1), dom0_(-1) {
    const int listener = listen_in_dom0();
    remote_ = TransferEnd(connect_from_remote(listener));
    dom0_ = TransferEnd(accept_and_close(listener));
}

Transfer::~Transfer() {
    const linger at_once{.l_onoff = 1, .l_linger = 0}; // nothing of it is left for the next round
    for (const int socket : {remote_.socket(), dom0_.socket()}) {
        (void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(socket);
    }
}

} // namespace vifplug::bench
