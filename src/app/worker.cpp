// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/worker.hpp"

#include "core/error.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vifplug {

namespace {

pid_t fork_or_throw() {
    const pid_t child = fork();
    if (child < 0)
        throw Error("start a process", system_code(errno));
    return child;
}

/// True when the child ended in time. Without pidfds (before Linux 5.3) time has no end.
bool ends_within(pid_t child, std::chrono::seconds patience) {
    const UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    if (!handle)
        return true;
    pollfd wanted{handle.get(), POLLIN, 0};
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    int ready = 0;
    do
        ready = poll(&wanted, 1, static_cast<int>(milliseconds));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

WorkerEnd reap(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw Error("wait for the worker", system_code(errno));
    if (WIFEXITED(status))
        return {true, WEXITSTATUS(status)};
    return {false, WTERMSIG(status)};
}

extern "C" void do_nothing(int) {}

} // namespace

void outlive_the_terminal() {
    struct sigaction action {};
    action.sa_handler = do_nothing; // not SIG_IGN, which programs that are started would inherit
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ})
        (void)sigaction(signal, &action, nullptr); // fails for a bad number only
}

WorkerEnd run_worker(const std::function<int()>& work, std::chrono::seconds patience) {
    const pid_t child = fork_or_throw();
    if (child == 0) {
        (void)setsid(); // fails for a leader only, which a new process is not
        _exit(work());
    }
    if (!ends_within(child, patience))
        (void)kill(child, SIGKILL);
    return reap(child);
}

void start_guard(const std::function<void()>& watch) {
    const pid_t between = fork_or_throw();
    if (between == 0) {
        (void)setsid();
        const pid_t guard = fork();
        if (guard != 0)
            _exit(guard < 0 ? 1 : 0);
        const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            (void)dup2(nothing, descriptor);
        (void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0); // the lock above all
        (void)!chdir("/");
        watch();
        _exit(0);
    }
    if (const WorkerEnd end = reap(between); !end.by_itself || end.status != 0)
        throw Error("start the process that waits for confirmation", system_code(EAGAIN));
}

DirectoryWatch::DirectoryWatch(const std::string& directory) : changes_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (changes_)
        (void)inotify_add_watch(changes_.get(), directory.c_str(), IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF);
}

void DirectoryWatch::wait(std::uint64_t until) const {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const auto seconds = static_cast<std::uint64_t>(now.tv_sec);
    if (seconds >= until)
        return;
    constexpr std::uint64_t at_once =
        60; // the clock is looked at again: poll(2) does not count a suspended host's time
    pollfd wanted{changes_.get(), POLLIN, 0};
    constexpr int milliseconds = 1000;
    (void)poll(&wanted, 1, static_cast<int>(std::min(until - seconds, at_once)) * milliseconds);
}

} // namespace vifplug
