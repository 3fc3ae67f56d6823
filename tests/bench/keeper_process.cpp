// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keeper_process.hpp"

#include "stopwatch.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/run/bench-notify"};
constexpr int patience_ms = 60'000;

void require(bool done, const std::string& tried) {
    if (!done)
        throw std::system_error(errno, std::generic_category(), tried);
}

/// JOURNAL_STREAM: the log goes to stderr and nowhere else, as under systemd.
std::vector<std::string> environment() {
    struct stat log {};
    require(stat(KeeperProcess::log_file, &log) == 0, "look at the log");
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "JOURNAL_STREAM=" + std::to_string(log.st_dev) + ":" + std::to_string(log.st_ino),
            "VIFPLUG_CONFIG=/run/no-such-file",
            std::string("NOTIFY_SOCKET=") + ReadySocket::path,
            std::string("XENSTORED_RUNDIR=") + std::getenv("XENSTORED_RUNDIR"),
            std::string("VIFPLUG_RUNDIR=") + std::getenv("VIFPLUG_RUNDIR")};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

pid_t start(std::vector<std::string> words) {
    (void)std::ofstream(KeeperProcess::log_file, std::ios::app); // so that it is there
    std::vector<std::string> variables = environment();
    const auto argv = pointers(words);
    const auto envp = pointers(variables);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, KeeperProcess::log_file, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    pid_t pid = -1;
    errno = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    require(errno == 0, "start " + words[0]);
    return pid;
}

/// 0 when it has none.
pid_t child_of(pid_t parent) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        pid_t pid = 0;
        std::string name;
        char state = 0;
        pid_t ppid = 0;
        std::ifstream(entry.path() / "stat") >> pid >> name >> state >> ppid; // what is no process has no such file
        if (ppid == parent)
            return pid;
    }
    return 0;
}

} // namespace

ReadySocket::ReadySocket() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    (void)unlink(path); // of the one before
    require(socket_ >= 0 && bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            std::string("listen at ") + path);
}

ReadySocket::~ReadySocket() {
    close(socket_);
}

void ReadySocket::await() {
    std::array<char, 256> text{};
    while (true) {
        pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, patience_ms) != 1)
            throw std::runtime_error("a daemon was started and is not ready");
        const ssize_t length = recv(socket_, text.data(), text.size(), 0);
        require(length >= 0, "hear of a daemon");
        if (std::string_view(text.data(), static_cast<std::size_t>(length)).starts_with("READY=1"))
            return;
    }
}

KeeperProcess::KeeperProcess(std::vector<std::string> words) {
    const Stopwatch watch;
    pid_ = start(std::move(words));
    ready_.await();
    start_ms_ = watch.ms();
    watched_ = child_of(pid_);
}

KeeperProcess::~KeeperProcess() {
    int status = 0;
    kill(watched_ > 0 ? watched_ : pid_, SIGTERM);
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR)
        ;
}

double KeeperProcess::cpu_ms() const {
    double nanoseconds = 0;
    std::ifstream("/proc/" + std::to_string(pid_) + "/schedstat") >> nanoseconds;
    return nanoseconds / 1e6;
}

std::uint64_t KeeperProcess::number_in_status(const std::string& label) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(label + ":"))
            return std::stoull(line.substr(label.size() + 1));
    throw std::runtime_error("the kernel says nothing of " + label);
}

std::uint64_t KeeperProcess::voluntary_switches() const {
    return number_in_status("voluntary_ctxt_switches");
}

double KeeperProcess::memory_mb() const {
    return static_cast<double>(number_in_status("VmRSS")) / 1024;
}

double KeeperProcess::peak_memory_mb() const {
    return static_cast<double>(number_in_status("VmHWM")) / 1024;
}

} // namespace vifplug::bench
