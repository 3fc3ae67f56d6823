// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/deadline.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace vifplug {

namespace {

constexpr int no_descriptor = -1;
constexpr suseconds_t tick_us = 100'000;
constexpr int last_tick = 5;

// Read and written by the signal handler, so nothing else may stand here.
volatile std::sig_atomic_t ticks = 0;
volatile std::sig_atomic_t descriptor_at_risk = no_descriptor;

extern "C" void on_alarm(int) {
    const int saved = errno;
    ticks = ticks + 1;
    if (descriptor_at_risk != no_descriptor)
        (void)shutdown(descriptor_at_risk, SHUT_RDWR); // ENOTSOCK for a device: the last tick is for that
    if (ticks >= last_tick && descriptor_at_risk != no_descriptor) {
        constexpr std::string_view text = "no answer from xenstore in time\n";
        pollfd reader{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
        if (poll(&reader, 1, 0) == 1)                              // nor is a pipe that nobody reads waited for
            (void)!write(STDERR_FILENO, text.data(), text.size()); // nobody is left to tell if this fails
        _exit(1);
    }
    errno = saved;
}

void start_timer(std::chrono::milliseconds patience) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(patience - seconds);
    itimerval timer{};
    timer.it_value = {seconds.count(), static_cast<suseconds_t>(rest.count())};
    timer.it_interval = {0, tick_us};
    if (setitimer(ITIMER_REAL, &timer, nullptr) != 0)
        throw Error("start the deadline's timer", system_code(errno));
}

} // namespace

Deadline::Deadline(std::chrono::milliseconds patience) {
    struct sigaction action {};
    action.sa_handler = on_alarm; // no SA_RESTART: the point is to interrupt
    if (sigaction(SIGALRM, &action, nullptr) != 0)
        throw Error("catch SIGALRM", system_code(errno));
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    (void)sigprocmask(SIG_UNBLOCK, &alarm, nullptr); // a caller may have left it blocked; fails for a bad number only
    restart(patience);
}

Deadline::~Deadline() {
    const itimerval none{};
    (void)setitimer(ITIMER_REAL, &none, nullptr); // fails for a bad pointer only
}

bool Deadline::has_passed() {
    return ticks > 0;
}

std::chrono::milliseconds Deadline::left() const {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    return std::max(rest, std::chrono::milliseconds(0));
}

void Deadline::restart(std::chrono::milliseconds patience) {
    ticks = 0;
    end_ = Clock::now() + patience;
    start_timer(std::max(patience, std::chrono::milliseconds(1))); // 0 would switch the timer off
}

Deadline::DescriptorAtRisk::DescriptorAtRisk(int descriptor) : outer_(descriptor_at_risk) {
    descriptor_at_risk = descriptor;
}

Deadline::DescriptorAtRisk::~DescriptorAtRisk() {
    descriptor_at_risk = outer_;
}

} // namespace vifplug
