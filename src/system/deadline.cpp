// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/deadline.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace vifplug {

namespace {

using Time = Deadline::Clock::rep; // of a time_point since the clock's epoch

constexpr int no_descriptor = -1;
constexpr Time none = 0;
constexpr suseconds_t tick_us = 100'000;
constexpr int last_tick = 5;

// Read and written by the signal handler, so nothing else may stand here.
volatile std::sig_atomic_t ticks = 0;
volatile std::sig_atomic_t descriptor_at_risk = no_descriptor;
std::atomic<Time> end_of_this{none};     // of the deadline there is
std::atomic<Time> alarm_at_latest{none}; // none: the timer does not run
static_assert(std::atomic<Time>::is_always_lock_free);

bool timer_is_kept = false;

Time since_epoch(Deadline::Clock::time_point time) {
    return time.time_since_epoch().count();
}

/// The signal comes then, and ten times a second afterwards. Also called by the signal's handler.
bool start_timer(Time end) {
    using namespace std::chrono;
    const auto left = Deadline::Clock::duration(end - since_epoch(Deadline::Clock::now()));
    const auto rest = std::max(ceil<microseconds>(left), microseconds(1)); // 0 would switch the timer off
    itimerval timer{};
    timer.it_value = {duration_cast<seconds>(rest).count(), static_cast<suseconds_t>((rest % seconds(1)).count())};
    timer.it_interval = {0, tick_us};
    alarm_at_latest = end;
    return setitimer(ITIMER_REAL, &timer, nullptr) == 0;
}

void stop_timer() {
    const itimerval off{};
    alarm_at_latest = none;
    (void)setitimer(ITIMER_REAL, &off, nullptr); // fails for a bad pointer only
}

void pass() {
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
}

/// Where the timer is kept it may be that of a deadline which is over.
extern "C" void on_alarm(int) {
    const int saved = errno;
    const Time end = end_of_this;
    if (end == none)
        stop_timer();
    else if (since_epoch(Deadline::Clock::now()) < end)
        (void)start_timer(end);
    else
        pass();
    errno = saved;
}

/// Once for the process.
void catch_alarm() {
    static bool is_caught = false;
    if (is_caught)
        return;
    struct sigaction action {};
    action.sa_handler = on_alarm; // no SA_RESTART: the point is to interrupt
    if (sigaction(SIGALRM, &action, nullptr) != 0)
        throw Error("catch SIGALRM", system_code(errno));
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    (void)sigprocmask(SIG_UNBLOCK, &alarm, nullptr); // a caller may have left it blocked; fails for a bad number only
    is_caught = true;
}

} // namespace

Deadline::Deadline(std::chrono::milliseconds patience) {
    catch_alarm();
    restart(patience);
}

Deadline::~Deadline() {
    end_of_this = none;
    if (!timer_is_kept)
        stop_timer();
}

void Deadline::keep_timer() {
    timer_is_kept = true;
}

void Deadline::stop_idle_timer() {
    if (end_of_this == none && alarm_at_latest != none)
        stop_timer();
}

bool Deadline::has_passed() {
    return ticks > 0;
}

std::chrono::milliseconds Deadline::left() const {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    return std::max(rest, std::chrono::milliseconds(0));
}

void Deadline::restart(std::chrono::milliseconds patience) {
    end_ = Clock::now() + patience;
    end_of_this = since_epoch(end_); // first, so that a signal from here on is known to be too early
    ticks = 0;
    const Time alarm = alarm_at_latest;
    const bool is_served = timer_is_kept && alarm != none && alarm <= end_of_this;
    if (!is_served && !start_timer(end_of_this))
        throw Error("start the deadline's timer", system_code(errno));
}

Deadline::DescriptorAtRisk::DescriptorAtRisk(int descriptor) : outer_(descriptor_at_risk) {
    descriptor_at_risk = descriptor;
}

Deadline::DescriptorAtRisk::~DescriptorAtRisk() {
    descriptor_at_risk = outer_;
}

} // namespace vifplug
