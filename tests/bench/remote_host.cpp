// SPDX-License-Identifier: LGPL-2.1-or-later
#include "remote_host.hpp"

#include "dom0.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto interval = 2ms;
constexpr auto recent = 20ms; ///< what came that long ago still comes

void require(bool done, const char* tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

/// An echo request has the same form in both families, and the kernel fills in the sender's number and the checksum.
struct EchoRequest {
    std::uint8_t type;
    std::uint8_t code;
    std::uint16_t checksum;
    std::uint16_t identifier;
    std::uint16_t number;
};

/// A socket for echo requests, with the time of each reply's arrival.
int ping_socket(int family, int protocol) {
    const int made = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    const int yes = 1;
    require(made >= 0 && setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) == 0, "make a ping socket");
    return made;
}

int connected_v4() {
    const int made = ping_socket(AF_INET, IPPROTO_ICMP);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    (void)inet_pton(AF_INET, dom0_v4, &address.sin_addr);
    require(connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "ping over IPv4");
    return made;
}

int connected_v6() {
    const int made = ping_socket(AF_INET6, IPPROTO_ICMPV6);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    (void)inet_pton(AF_INET6, dom0_v6, &address.sin6_addr);
    require(connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "ping over IPv6");
    return made;
}

Clock::time_point time_of(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part))
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            timespec time{};
            std::memcpy(&time, CMSG_DATA(part), sizeof time);
            return Clock::time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
        }
    return Clock::now();
}

double in_ms(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

/// What else the machine does is not to be taken for silence. An ordinary user may not, and has to look at the sender's
/// own pauses.
void go_first(std::thread& thread) {
    const sched_param first{.sched_priority = 1};
    (void)pthread_setschedparam(thread.native_handle(), SCHED_FIFO, &first);
}

} // namespace

void RemoteHost::Times::came(Clock::time_point when) {
    longest = std::max(longest, when - last);
    last = std::max(last, when);
}

Gap RemoteHost::Times::gap() const {
    const Clock::duration since = Clock::now() - last;
    return {.longest_ms = in_ms(std::max(longest, since)), .is_over = since < recent};
}

RemoteHost::RemoteHost() {
    in_remote_namespace([this] {
        std::ofstream("/proc/sys/net/ipv4/ping_group_range") << "0 0"; // of IPv6 as well
        v4_ = connected_v4();
        v6_ = connected_v6();
    });
    thread_ = std::thread([this] { run(); });
    go_first(thread_);
}

RemoteHost::~RemoteHost() {
    ends_ = true;
    thread_.join();
    close(v4_);
    close(v6_);
}

void RemoteHost::run() {
    auto next = std::chrono::steady_clock::now();
    while (!ends_) {
        {
            const std::lock_guard lock(mutex_);
            send_requests();
            move_data();
            read_replies(v4_, v4_times_);
            read_replies(v6_, v6_times_);
        }
        next = std::max(next + interval, std::chrono::steady_clock::now()); // one that is late is not made up for
        std::this_thread::sleep_until(next);
    }
}

/// A request that cannot be sent is one that is not answered.
void RemoteHost::send_requests() {
    const EchoRequest v4{.type = ICMP_ECHO, .code = 0, .checksum = 0, .identifier = 0, .number = 0};
    const EchoRequest v6{.type = ICMP6_ECHO_REQUEST, .code = 0, .checksum = 0, .identifier = 0, .number = 0};
    (void)send(v4_, &v4, sizeof v4, MSG_NOSIGNAL);
    (void)send(v6_, &v6, sizeof v6, MSG_NOSIGNAL);
    own_times_.came(Clock::now());
}

void RemoteHost::read_replies(int socket, Times& times) {
    constexpr int most = 100; // more cannot have come
    for (int i = 0; i < most; ++i) {
        std::array<char, 64> data{};
        alignas(cmsghdr) std::array<char, 128> control{};
        iovec where{.iov_base = data.data(), .iov_len = data.size()};
        msghdr message{};
        message.msg_iov = &where;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (recvmsg(socket, &message, MSG_DONTWAIT) >= 0)
            times.came(time_of(message));
        else if (errno == EAGAIN)
            return; // after any other error, which is a router's word, more may wait
    }
}

void RemoteHost::move_data() {
    transfer_.remote_end().send_piece();
    transfer_.dom0_end().send_piece();
    if (transfer_.dom0_end().receive())
        to_dom0_.came(Clock::now());
    if (transfer_.remote_end().receive())
        from_dom0_.came(Clock::now());
}

void RemoteHost::begin() {
    const std::lock_guard lock(mutex_);
    for (Times* times : {&v4_times_, &v6_times_, &own_times_, &to_dom0_, &from_dom0_})
        times->longest = {};
}

Noticed RemoteHost::look() {
    const std::lock_guard lock(mutex_);
    const Gap to = to_dom0_.gap();
    const Gap from = from_dom0_.gap();
    return {
        .v4 = v4_times_.gap(),
        .v6 = v6_times_.gap(),
        .transfer = {.longest_ms = std::max(to.longest_ms, from.longest_ms),
                     .is_over = to.is_over && from.is_over && transfer_.is_alive()},
        .own_pause = own_times_.gap(),
    };
}

Noticed RemoteHost::end(std::chrono::milliseconds patience, bool with_v6) {
    constexpr auto another_while = 300ms;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::this_thread::sleep_for(another_while);
    while (true) {
        const Noticed noticed = look();
        const bool is_over = noticed.v4.is_over && noticed.transfer.is_over && (noticed.v6.is_over || !with_v6);
        if (is_over || std::chrono::steady_clock::now() > deadline)
            return noticed;
        std::this_thread::sleep_for(interval);
    }
}

} // namespace vifplug::bench
