// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/frames.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace vifplug::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t our_type = 0x88b5; // IEEE 802: for local experiments
constexpr std::uint16_t vlan_mask = 0x0fff;
constexpr std::size_t macs_length = 2 * ETH_ALEN;
constexpr std::string_view ad = "ad";

void require(bool worked, const std::string& tried) {
    if (!worked)
        throw std::system_error(errno, std::generic_category(), tried);
}

void append_mac(std::string& to, const std::string& mac) {
    std::istringstream bytes(mac);
    for (std::string byte; std::getline(bytes, byte, ':');)
        to += static_cast<char>(std::stoi(byte, nullptr, 16));
}

void append_number(std::string& to, unsigned number) {
    to += static_cast<char>(number >> 8U);
    to += static_cast<char>(number);
}

unsigned number_at(const std::string& bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes.at(i))); };
    return byte(at) << 8U | byte(at + 1);
}

bool is_tag(unsigned type) {
    return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

void append_tag(std::string& to, std::string_view word) {
    const bool is_ad = word.starts_with(ad);
    append_number(to, is_ad ? ETH_P_8021AD : ETH_P_8021Q);
    append_number(to, static_cast<unsigned>(std::stoi(std::string(word.substr(is_ad ? ad.size() : 0)))));
}

std::string word_of_tag(unsigned type, unsigned tag) {
    return (type == ETH_P_8021AD ? std::string(ad) : "") + std::to_string(tag & vlan_mask);
}

struct Received {
    std::string bytes;
    std::optional<tpacket_auxdata> beside;
};

/// What is read from the socket besides the frame's bytes.
std::optional<tpacket_auxdata> beside(msghdr& message) {
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_PACKET || each->cmsg_type != PACKET_AUXDATA)
            continue;
        tpacket_auxdata data{};
        std::memcpy(&data, CMSG_DATA(each), sizeof data);
        return data;
    }
    return std::nullopt;
}

/// Nothing when the frame is one that goes out.
std::optional<Received> read_frame(int socket) {
    std::array<char, ETH_FRAME_LEN + 64> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata))> control{};
    sockaddr_ll from{};
    iovec where{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &where;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t length = recvmsg(socket, &message, 0);
    require(length >= 0, "receive a frame");
    if (from.sll_pkttype == PACKET_OUTGOING)
        return std::nullopt;
    return Received{std::string(bytes.data(), static_cast<std::size_t>(length)), beside(message)};
}

/// Nothing when the frame is somebody else's.
std::optional<Frame> parse(const Received& received) {
    const auto& [bytes, beside] = received;
    std::string tags;
    const auto add = [&](unsigned type, unsigned tag) { tags += (tags.empty() ? "" : " ") + word_of_tag(type, tag); };
    if (beside && (beside->tp_status & TP_STATUS_VLAN_VALID) != 0)
        add(beside->tp_vlan_tpid, beside->tp_vlan_tci);
    std::size_t at = macs_length;
    for (; bytes.size() >= at + 4 && is_tag(number_at(bytes, at)); at += 4)
        add(number_at(bytes, at), number_at(bytes, at + 2));
    if (bytes.size() < at + 2 || number_at(bytes, at) != our_type)
        return std::nullopt;
    return Frame{tags.empty() ? "untagged" : tags, bytes.substr(at + 2)};
}

} // namespace

FrameSocket::FrameSocket(const std::string& netdev)
    : netdev_(netdev), socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    require(socket_ >= 0, "open a packet socket");
    std::ifstream("/sys/class/net/" + netdev + "/address") >> mac_;
    constexpr int on = 1;
    constexpr int buffer = 1 << 24;
    require(setsockopt(socket_, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) == 0, "ask for the tags");
    require(setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) == 0 ||
                setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) == 0,
            "ask for a large buffer");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(netdev.c_str()));
    require(address.sll_ifindex != 0, "find " + netdev);
    require(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind to " + netdev);
}

FrameSocket::~FrameSocket() {
    close(socket_);
}

void FrameSocket::send(const Frame& frame, const std::string& to) const {
    std::string bytes;
    append_mac(bytes, to);
    append_mac(bytes, mac_);
    std::istringstream words(frame.tags == "untagged" ? "" : frame.tags);
    for (std::string word; words >> word;)
        append_tag(bytes, word);
    append_number(bytes, our_type);
    bytes += frame.payload;
    require(::send(socket_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "send a frame out of " + netdev_);
}

std::optional<Frame> FrameSocket::receive(std::chrono::milliseconds time) const {
    const auto end = Clock::now() + time;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        pollfd what{socket_, POLLIN, 0};
        const int ready = poll(&what, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        require(ready >= 0 || errno == EINTR, "wait for a frame");
        if (ready == 0)
            return std::nullopt;
        if (ready < 0)
            continue;
        if (const auto received = read_frame(socket_))
            if (auto frame = parse(*received))
                return frame;
    }
}

} // namespace vifplug::test
