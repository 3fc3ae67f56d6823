// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/program.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/process_end.hpp"
#include "system/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility> // Boost 1.74 needs it in C++20

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>
#include <boost/process/posix.hpp>

namespace vifplug {

namespace {

namespace bp = boost::process;

constexpr std::array<std::string_view, 6> directories{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                                      "/usr/bin",        "/sbin",          "/bin"};
constexpr const char* path_variable = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_executable_file(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

/// A file, not a pipe: a daemon keeps its stderr, and nobody shall wait for it or be stopped by it.
UniqueFd make_tale() {
    UniqueFd file(memfd_create("stderr", MFD_CLOEXEC));
    if (!file)
        throw Error("make a file for a program's errors", system_code(errno));
    return file;
}

std::string last_line(int descriptor) {
    constexpr off_t longest = 1024;
    struct stat status {};
    (void)fstat(descriptor, &status); // of a file of our own
    std::array<char, longest> end{};
    const off_t from = status.st_size > longest ? status.st_size - longest : 0;
    const ssize_t length = pread(descriptor, end.data(), end.size(), from);
    std::string_view text(end.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return std::string(text.substr(text.rfind('\n') + 1));
}

std::string described(int wait_status) {
    if (WIFSIGNALED(wait_status))
        return "ended by signal " + std::to_string(WTERMSIG(wait_status));
    return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

void judge(const std::string& path, int wait_status, int tale) {
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return;
    const std::string reason = last_line(tale);
    throw ProgramFailed(path + ": " + described(wait_status) + (reason.empty() ? "" : ": " + printable(reason)));
}

/// Between fork and exec: only calls that are safe there.
void become_its_own() {
    (void)setsid();                                 // cannot fail: a new child leads no group
    (void)chdir("/");                               // always there
    (void)signal(SIGPIPE, SIG_DFL);                 // the caller ignores it for itself
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // Linux 5.11; ours have the flag anyway
    umask(S_IWGRP | S_IWOTH);
}

} // namespace

std::optional<std::string> find_program(const std::string& name) {
    for (const std::string_view directory : directories) {
        std::string path = std::string(directory) + "/" + name;
        if (is_executable_file(path))
            return path;
    }
    return std::nullopt;
}

void run_program(const std::string& path, const std::vector<std::string>& arguments, const Deadline& deadline) {
    const UniqueFd tale = make_tale();
    std::array<std::string, 2> assignments{path_variable, "LANG=C"};
    std::array<char*, 3> environment{assignments[0].data(), assignments[1].data(), nullptr};
    // Not bp::environment: that of Boost 1.74 reads past the end of its strings.
    auto give_environment = bp::extend::on_setup = [&](auto& executor) { executor.env = environment.data(); };
    auto be_its_own = bp::extend::on_exec_setup = [](auto&) { become_its_own(); };
    std::error_code failed;
    bp::child child(bp::exe = path, bp::args = arguments, give_environment, bp::std_in<bp::null, bp::std_out> bp::null,
                    bp::posix::fd.bind(STDERR_FILENO, tale.get()), be_its_own, failed);
    if (failed)
        throw Error("start " + path, failed);
    const bool in_time = ends_in_time(child.id(), deadline);
    if (!in_time)
        (void)kill(-child.id(), SIGKILL); // one that is gone by now is what is wanted
    child.wait(failed);
    if (failed)
        throw Error("wait for " + path, failed);
    if (!in_time)
        throw ProgramFailed(path + ": did not end in time");
    judge(path, child.native_exit_code(), tale.get());
}

} // namespace vifplug
