// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/service_manager.hpp"

#include "system/unique_fd.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace vifplug {

namespace {

constexpr std::chrono::hours longest_silence{1}; ///< often enough for every watchdog that is more patient

/// Nothing for what is no number, or 0.
std::optional<std::chrono::microseconds> microseconds_in(const std::string& text) {
    std::chrono::microseconds::rep number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || stopped != end || number <= 0)
        return std::nullopt;
    return std::chrono::microseconds(number);
}

std::optional<std::chrono::microseconds> watchdog_of(const Environment& environment) {
    const auto patience = microseconds_in(environment("WATCHDOG_USEC").value_or(""));
    const auto process = environment("WATCHDOG_PID");
    if (!patience || (process && *process != std::to_string(getpid())))
        return std::nullopt;
    return std::min<std::chrono::microseconds>(*patience / 2, longest_silence);
}

std::string monotonic_microseconds() {
    timespec now{};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); // fails for a bad clock only
    constexpr long long million = 1'000'000;
    return std::to_string(now.tv_sec * million + now.tv_nsec / 1000);
}

} // namespace

ServiceManager::ServiceManager(const Environment& environment)
    : socket_(environment("NOTIFY_SOCKET").value_or("")), alive_every_(watchdog_of(environment)) {}

void ServiceManager::tell(const std::string& state) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path)
        return;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (address.sun_path[0] == '@') // an abstract one
        address.sun_path[0] = '\0';
    const UniqueFd end(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    (void)sendto(end.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length); // nobody can be told that nobody can be told
}

void ServiceManager::tell_ready(const std::string& sentence) const {
    tell("READY=1\nSTATUS=" + sentence);
}

void ServiceManager::tell_reloading() const {
    tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

void ServiceManager::tell_reloaded() const {
    tell("READY=1");
}

void ServiceManager::tell_stopping() const {
    tell("STOPPING=1");
}

void ServiceManager::tell_alive() const {
    tell("WATCHDOG=1");
}

} // namespace vifplug
