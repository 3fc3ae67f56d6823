// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/syslog.hpp"

#include "support/command.hpp"

#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vifplug::test {

namespace {

constexpr sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};

const sockaddr* as_sockaddr() {
    return reinterpret_cast<const sockaddr*>(&address);
}

} // namespace

Syslog::Syslog() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    must({"/bin/sh", "-c",
          "mkdir /run/dev && : >/run/dev/null && mount --bind /dev/null /run/dev/null && mount --bind /run/dev /dev"});
    if (bind(socket_, as_sockaddr(), sizeof address) != 0)
        throw std::runtime_error("cannot be the syslog");
}

Syslog::~Syslog() {
    close(socket_);
}

std::string Syslog::next() {
    std::string message(1000, '\0');
    const ssize_t length = recv(socket_, message.data(), message.size(), MSG_DONTWAIT);
    message.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return message;
}

void Syslog::fill() {
    const int writer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    while (sendto(writer, "x", 1, 0, as_sockaddr(), sizeof address) == 1)
        continue;
    close(writer);
}

} // namespace vifplug::test
