// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/stepped.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vifplug::test {

Stepped::Stepped(const Words& words, const Variables& environment) {
    std::vector<std::string> arguments = words;
    std::vector<std::string> assignments;
    for (const auto& [name, value] : environment)
        assignments.push_back(name + "=" + value);
    const auto argv = null_terminated(arguments);
    const auto envp = null_terminated(assignments);
    pid_ = fork();
    if (pid_ < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
        const int nothing = open("/dev/null", O_RDWR);
        for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            dup2(nothing, descriptor);
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        execve(argv.front(), argv.data(), envp.data());
        _exit(127);
    }
    if (wait())
        ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD); // or stops could not be told from signals
}

Stepped::~Stepped() {
    kill();
}

bool Stepped::wait() {
    if (waitpid(pid_, &status_, 0) < 0)
        throw std::system_error(errno, std::generic_category(), "wait for a held program");
    ended_ = !WIFSTOPPED(status_);
    return !ended_;
}

bool Stepped::step() {
    if (ended_)
        return false;
    ptrace(PTRACE_SYSCALL, pid_, nullptr, signal_for_it());
    if (!wait())
        return false;
    note_system_call();
    return true;
}

int Stepped::signal_for_it() const {
    constexpr int system_call_mark = 0x80;
    const int signal = WSTOPSIG(status_);
    return (signal & ~system_call_mark) == SIGTRAP ? 0 : signal;
}

void Stepped::note_system_call() {
    __ptrace_syscall_info info{};
    left_.reset();
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        entered_ = static_cast<long>(info.entry.nr);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && entered_ >= 0) {
        left_ = std::exchange(entered_, -1);
    }
}

std::optional<long> Stepped::has_left() const {
    return left_;
}

bool Stepped::steps(int count) {
    for (int i = 0; i < count; ++i)
        if (!step())
            return false;
    return true;
}

void Stepped::kill() {
    if (ended_)
        return;
    (void)::kill(pid_, SIGKILL);
    while (wait()) {
    }
}

int Stepped::finish() {
    while (!ended_) {
        ptrace(PTRACE_CONT, pid_, nullptr, signal_for_it());
        wait();
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

} // namespace vifplug::test
