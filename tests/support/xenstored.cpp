// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/xenstored.hpp"

#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

extern "C" { // glibc 2.36's header forgets it
#include <sys/pidfd.h>
}

#include <xen/io/xs_wire.h>

#ifndef VIFPLUG_XENSTORED_PRELOAD
#error "define VIFPLUG_XENSTORED_PRELOAD as the path of the library made from xenstored_preload.c"
#endif

namespace fs = std::filesystem;

namespace vifplug::test {
namespace {

constexpr std::chrono::seconds patience{10};

class UniqueFd {
  public:
    explicit UniqueFd(int fd) : fd_(fd) {}
    ~UniqueFd() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd opened(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw_errno("open " + path.string());
    }
    return UniqueFd(fd);
}

fs::path newest_installed() {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob("/usr/lib/xen-*/bin/xenstored", 0, nullptr, &found) == 0) {
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    const auto newest = std::max_element(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
        return ::strverscmp(a.c_str(), b.c_str()) < 0; // 4.9 comes before 4.17
    });
    return newest == paths.end() ? fs::path("/usr/lib/xen-*/bin/xenstored") : fs::path(*newest);
}

fs::path binary_or_default(const fs::path& binary) {
    const char* set = std::getenv("VIFPLUG_TEST_XENSTORED");
    const fs::path chosen = !binary.empty() ? binary : set != nullptr ? fs::path(set) : newest_installed();
    if (::access(chosen.c_str(), X_OK) != 0) {
        throw std::runtime_error("no xenstored at " + chosen.string() +
                                 ": install Debian's package xen-utils-4.17, or set VIFPLUG_TEST_XENSTORED");
    }
    return chosen;
}

/// The caller's environment, but for what decides which store this is and who is preloaded.
std::vector<std::string> daemon_environment(const fs::path& rundir) {
    constexpr std::string_view ours[] = {"LD_PRELOAD=", "XENSTORED_RUNDIR=", "XENSTORED_PATH="};
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (std::none_of(std::begin(ours), std::end(ours), [&](auto name) { return text.starts_with(name); })) {
            environment.emplace_back(text);
        }
    }
    environment.emplace_back("LD_PRELOAD=" VIFPLUG_XENSTORED_PRELOAD);
    environment.emplace_back("XENSTORED_RUNDIR=" + rundir.string());
    return environment;
}

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

struct Exec {
    const char* path;
    char* const* arguments;
    char* const* environment;
    int input;
    int output;
    pid_t parent;
};

/// Runs between fork and exec: only async-signal-safe calls, since the caller may have threads.
[[noreturn]] void become(const Exec& exec) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != exec.parent) {
        ::_exit(1); // the parent was gone before prctl
    }
    ::setsid(); // Ctrl-C is for the tests; they still need a store while they clean up
    ::dup2(exec.input, STDIN_FILENO);
    ::dup2(exec.output, STDOUT_FILENO);
    ::dup2(exec.output, STDERR_FILENO);
    ::close_range(3, ~0U, 0); // or it would hold open the pipes that others wait on
    ::execve(exec.path, exec.arguments, exec.environment);
    ::_exit(127);
}

fs::path socket_in(const fs::path& rundir) {
    return rundir / "socket";
}

sockaddr_un socket_address(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.native().size() >= sizeof address.sun_path) {
        throw std::runtime_error(socket.string() + ": longer than a socket's path may be, choose a shorter directory");
    }
    socket.native().copy(address.sun_path, socket.native().size());
    return address;
}

/// Asks for the root node. A connection alone proves nothing: xenstored listens before it is ready.
bool answers(const fs::path& socket) {
    const sockaddr_un address = socket_address(socket);
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit); // also bounds connect
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return false;
    }

    struct {
        xsd_sockmsg header;
        char path[2];
    } request{{.type = XS_READ, .req_id = 0, .tx_id = 0, .len = 2}, "/"};
    const std::size_t size = offsetof(decltype(request), path) + sizeof request.path;
    if (::send(fd.get(), &request, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) {
        return false;
    }
    xsd_sockmsg reply{};
    return ::recv(fd.get(), &reply, sizeof reply, MSG_WAITALL) == static_cast<ssize_t>(sizeof reply);
}

fs::path prepared(const fs::path& dir) {
    fs::path rundir = fs::absolute(dir).lexically_normal();
    if (answers(socket_in(rundir))) {
        throw std::runtime_error(rundir.string() + ": a xenstored answers there already");
    }
    fs::create_directories(rundir);
    return rundir;
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

Xenstored::Process::Process(const fs::path& binary, const fs::path& rundir) {
    std::vector<std::string> arguments{binary.string(), "-N"};
    std::vector<std::string> environment = daemon_environment(rundir);
    const std::vector<char*> argv = null_terminated(arguments);
    const std::vector<char*> envp = null_terminated(environment);
    const UniqueFd null = opened("/dev/null", O_RDONLY);
    const UniqueFd log = opened(rundir / "xenstored.log", O_WRONLY | O_CREAT | O_TRUNC);
    const Exec exec{.path = binary.c_str(),
                    .arguments = argv.data(),
                    .environment = envp.data(),
                    .input = null.get(),
                    .output = log.get(),
                    .parent = ::getpid()};
    pid_ = ::fork();
    if (pid_ == 0) {
        become(exec);
    }
    if (pid_ < 0) {
        throw_errno("fork for xenstored");
    }
    pidfd_ = ::pidfd_open(pid_, 0);
    if (pidfd_ < 0) {
        const int reason = errno;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        throw std::system_error(reason, std::generic_category(), "pidfd_open for xenstored");
    }
}

Xenstored::Process::~Process() {
    (void)::pidfd_send_signal(pidfd_, SIGKILL, nullptr, 0); // the store is in memory: there is nothing to save
    siginfo_t ignored;
    while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &ignored, WEXITED) != 0 && errno == EINTR) {
    }
    ::close(pidfd_);
}

bool Xenstored::Process::ended_within(int milliseconds) const {
    pollfd wait{.fd = pidfd_, .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, milliseconds) == 1;
}

Xenstored::Xenstored(const fs::path& dir, const fs::path& binary)
    : rundir_(prepared(dir)), process_(binary_or_default(binary), rundir_) {
    wait_until_it_answers();
}

Xenstored::~Xenstored() {
    (void)::unlink(socket_in(rundir_).c_str()); // a client that comes later hears "no such file", not "refused"
}

void Xenstored::wait_until_it_answers() const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!answers(socket_in(rundir_))) {
        const fs::path log = rundir_ / "xenstored.log";
        if (process_.ended_within(1)) {
            throw std::runtime_error("xenstored ended before it answered; " + log.string() + ": " + text_of(log));
        }
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("xenstored did not answer within 10 s; " + log.string() + ": " + text_of(log));
        }
    }
}

} // namespace vifplug::test
