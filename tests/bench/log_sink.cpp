// SPDX-License-Identifier: LGPL-2.1-or-later
#include "log_sink.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};

void require(bool done, const char* tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

/// The kernel stops a sender when so many lines wait; ten unless told otherwise. It counts for sockets made later.
void let_many_lines_wait() {
    std::ofstream limit("/proc/sys/net/unix/max_dgram_qlen");
    limit << 100'000 << std::flush;
    require(limit.good(), "set net.unix.max_dgram_qlen");
}

} // namespace

LogSink::LogSink() {
    let_many_lines_wait();
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    require(socket_ >= 0 && bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "be the system's log (bind /dev/log)");
}

LogSink::~LogSink() {
    (void)unlink(address.sun_path); // whoever logs later hears "no such file", not "refused"
    close(socket_);
}

void LogSink::forget() {
    std::array<char, 64> line{};
    while (recv(socket_, line.data(), line.size(), MSG_DONTWAIT) >= 0)
        ;
}

} // namespace vifplug::bench
