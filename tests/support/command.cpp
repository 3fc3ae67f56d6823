// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vifplug::test {

namespace {

constexpr std::chrono::seconds patience{60};

std::string find_program(const std::string& name) {
    if (name.find('/') != std::string::npos)
        return name;
    for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"})
        if (access((directory + name).c_str(), X_OK) == 0)
            return directory + name;
    throw std::system_error(ENOENT, std::generic_category(), "find the program " + name);
}

std::string contents(int file) {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t length = 0; (length = pread(file, piece.data(), piece.size(), static_cast<off_t>(text.size()))) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(length));
    return text;
}

/// Signals that the test has asked for, as an alarm, are no end.
bool is_ready_within(pollfd& wanted, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    int ready = 0;
    do {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        ready = poll(&wanted, 1, std::max(0, static_cast<int>(left.count())));
    } while (ready < 0 && errno == EINTR);
    return ready == 1;
}

} // namespace

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

Running::Running(const Words& words, const Variables& environment)
    : out_(memfd_create("stdout", MFD_CLOEXEC)), err_(memfd_create("stderr", MFD_CLOEXEC)) {
    const std::string program = find_program(words.at(0));
    std::vector<std::string> arguments = words;
    std::vector<std::string> assignments;
    for (const auto& [name, value] : environment)
        assignments.push_back(name + "=" + value);
    const auto argv = null_terminated(arguments);
    const auto envp = null_terminated(assignments);
    pid_ = fork();
    if (pid_ < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ > 0)
        return;
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(out_, STDOUT_FILENO);
    dup2(err_, STDERR_FILENO);
    execve(program.c_str(), argv.data(), envp.data());
    _exit(127);
}

Running::Running(Running&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)), err_(std::exchange(other.err_, -1)) {}

Running::~Running() {
    if (pid_ > 0) {
        (void)kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
    }
    if (out_ >= 0)
        close(out_);
    if (err_ >= 0)
        close(err_);
}

std::string Running::output_so_far() const {
    return contents(out_);
}

std::string Running::errors_so_far() const {
    return contents(err_);
}

Result Running::wait() {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd end{.fd = handle, .events = POLLIN, .revents = 0};
    const bool has_ended = is_ready_within(end, patience);
    close(handle);
    if (!has_ended)
        throw std::runtime_error("a program did not end within 60 s; it said: " + contents(err_));
    int status = 0;
    if (waitpid(std::exchange(pid_, -1), &status, 0) < 0)
        throw std::system_error(errno, std::generic_category(), "wait for a program");
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .out = contents(out_),
            .err = contents(err_)};
}

Result run(const Words& words, const Variables& environment) {
    return Running(words, environment).wait();
}

std::string must(const Words& words, const Variables& environment) {
    const Result result = run(words, environment);
    if (result.status != 0) {
        std::string text;
        for (const std::string& word : words)
            text += word + " ";
        throw std::runtime_error(text + "ended with " + std::to_string(result.status) + ": " + result.err);
    }
    return result.out;
}

Words split(const std::string& text) {
    std::istringstream stream(text);
    Words words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

} // namespace vifplug::test
