// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/log_outlets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

namespace vifplug {

namespace {

std::string words_for_lost(std::size_t lines) {
    return std::to_string(lines) + (lines == 1 ? " line was" : " lines were") + " lost here, since nobody read them";
}

/// A pipe that has room at all has PIPE_BUF, so what is longer is cut. Non-blocking it cannot be made: the file is
/// shared with whoever started us. A reader that went away, or a full disk, is nobody's failure either.
bool write_to_stderr(const std::string& prefix, const std::string& line) {
    pollfd room{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (poll(&room, 1, 0) != 1)
        return false;
    const std::string text = (prefix + line).substr(0, PIPE_BUF - 1) + "\n";
    (void)!::write(STDERR_FILENO, text.data(), text.size());
    return true;
}

/// As syslog(3) writes it: in English, whatever the locale.
std::string time_for_syslog() {
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), " %e %H:%M:%S", &local);
    return months.at(static_cast<std::size_t>(local.tm_mon)) + std::string(text.data(), length);
}

} // namespace

void StderrLines::write(const std::string& prefix, const std::string& line) {
    if (lost_ > 0 && write_to_stderr(prefix, words_for_lost(lost_)))
        lost_ = 0;
    if (lost_ > 0 || !write_to_stderr(prefix, line))
        ++lost_;
}

void SyslogLines::write(int level, const std::string& line) {
    if (lost_ > 0 && send(level, words_for_lost(lost_)))
        lost_ = 0;
    if (lost_ > 0 || !send(level, line))
        ++lost_;
}

/// With the address each time, so that a syslog that is started anew is found without being looked for.
bool SyslogLines::send(int level, const std::string& line) {
    if (!socket_)
        socket_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    const std::string text = "<" + std::to_string(LOG_DAEMON | level) + ">" + time_for_syslog() + " " + program_ + "[" +
                             std::to_string(getpid()) + "]: " + line;
    return sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0 ||
           (errno != EAGAIN && errno != ENOBUFS);
}

} // namespace vifplug
