// SPDX-License-Identifier: LGPL-2.1-or-later
#include "calls.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr double ms_per_s = 1e3;

/// The descriptors of the calls: /dev/null three times.
class NullStreams {
  public:
    NullStreams() : null_(open("/dev/null", O_RDWR | O_CLOEXEC)) {
        if (null_ < 0)
            throw std::system_error(errno, std::generic_category(), "open /dev/null");
        posix_spawn_file_actions_init(&actions_);
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            posix_spawn_file_actions_adddup2(&actions_, null_, stream);
    }
    NullStreams(const NullStreams&) = delete;
    NullStreams& operator=(const NullStreams&) = delete;
    ~NullStreams() {
        posix_spawn_file_actions_destroy(&actions_);
        close(null_);
    }

    const posix_spawn_file_actions_t* actions() const { return &actions_; }

  private:
    int null_;
    posix_spawn_file_actions_t actions_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (const std::string& text : texts)
        all.push_back(const_cast<char*>(text.c_str())); // posix_spawn's signature is older than const
    all.push_back(nullptr);
    return all;
}

/// All that can be made ready before the clock runs.
struct Prepared {
    explicit Prepared(const Call& call) : arguments(pointers(call.words)), environment(pointers(call.environment)) {}

    std::vector<char*> arguments;
    std::vector<char*> environment;
    pid_t process = -1;
    int status = 0;
    rusage used{};
};

double now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * ms_per_s + static_cast<double>(now.tv_nsec) / 1e6;
}

double in_ms(const timeval& time) {
    return static_cast<double>(time.tv_sec) * ms_per_s + static_cast<double>(time.tv_usec) / 1e3;
}

void start(Prepared& call, const NullStreams& streams) {
    const int failed = posix_spawn(&call.process, call.arguments[0], streams.actions(), nullptr, call.arguments.data(),
                                   call.environment.data());
    if (failed != 0)
        call.process = -1;
}

void wait_for_end(Prepared& call) {
    while (call.process > 0 && wait4(call.process, &call.status, 0, &call.used) < 0)
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "wait4");
}

void check(const Prepared& call) {
    if (call.process > 0 && WIFEXITED(call.status) && WEXITSTATUS(call.status) == 0)
        return;
    std::string line;
    for (const char* word : call.arguments)
        line += word == nullptr ? "" : std::string(word) + " ";
    throw std::runtime_error(line +
                             (call.process < 0 ? "could not be started" : "failed, so there is nothing to measure"));
}

} // namespace

Cost& Cost::operator+=(const Cost& other) {
    wall_ms += other.wall_ms;
    cpu_ms += other.cpu_ms;
    return *this;
}

Cost make_calls(const std::vector<Call>& calls) {
    const NullStreams streams;
    std::vector<Prepared> all(calls.begin(), calls.end());

    const double before = now_ms();
    for (Prepared& call : all)
        start(call, streams);
    for (Prepared& call : all)
        wait_for_end(call);
    Cost cost{.wall_ms = now_ms() - before, .cpu_ms = 0};

    for (const Prepared& call : all) {
        check(call);
        cost.cpu_ms += in_ms(call.used.ru_utime) + in_ms(call.used.ru_stime);
    }
    return cost;
}

} // namespace vifplug::bench
