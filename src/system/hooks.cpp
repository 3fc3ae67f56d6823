// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/hooks.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/hook_prelude.hpp"
#include "system/process_end.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utility> // Boost 1.74 needs it in C++20

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/group.hpp>
#include <boost/process/io.hpp>
#include <boost/process/posix.hpp>

namespace vifplug {

namespace {

namespace bp = boost::process;

constexpr const char* bash = "/bin/bash";
constexpr const char* safe_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int tale_descriptor = 199; // as in hook-prelude.bash; hooks use the low ones for locks of their own

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};

bool is_executable_file(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

/// What the hooks told while they ran, a line each.
struct Tale {
    std::string hook;                  ///< the one that began last
    std::optional<std::string> reason; ///< of `fatal`
    bool done = false;
};

/// Under a number that is not the hooks' own: binding a descriptor to itself would leave it to be closed by exec.
UniqueFd make_tale() {
    const UniqueFd file(memfd_create("vif-post.d", MFD_CLOEXEC));
    UniqueFd tale(file ? fcntl(file.get(), F_DUPFD_CLOEXEC, tale_descriptor + 1) : -1);
    if (!tale)
        throw Error("make a file for the hooks", system_code(errno));
    return tale;
}

Tale read_tale(int descriptor) {
    std::string text;
    std::array<char, 4096> piece{};
    for (off_t at = 0;; at += static_cast<off_t>(piece.size())) {
        const ssize_t length = pread(descriptor, piece.data(), piece.size(), at);
        if (length <= 0)
            break;
        text.append(piece.data(), static_cast<std::size_t>(length));
    }
    Tale tale;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.starts_with("hook "))
            tale.hook = line.substr(5);
        else if (line.starts_with("fatal "))
            tale.reason = line.substr(6);
        else if (line.starts_with("done"))
            tale.done = true;
    }
    return tale;
}

std::vector<std::string> environment_of(const HookCall& call) {
    std::vector<std::string> assignments{std::string("PATH=") + safe_path, "LANG=POSIX"};
    for (const auto& [name, value] : call.variables)
        assignments.push_back(name + "=" + value);
    return assignments;
}

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> arguments_of(const std::vector<std::string>& hooks, const HookCall& call) {
    std::vector<std::string> arguments{"--noprofile", "--norc", "-c", std::string(hook_prelude), call.program};
    arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), hooks.begin(), hooks.end());
    return arguments;
}

/// The caller ignores SIGPIPE for itself; the hooks shall find it as the shell scripts did.
class DefaultSigpipe {
  public:
    DefaultSigpipe() : before_(std::signal(SIGPIPE, SIG_DFL)) {}
    DefaultSigpipe(const DefaultSigpipe&) = delete;
    DefaultSigpipe& operator=(const DefaultSigpipe&) = delete;
    ~DefaultSigpipe() { (void)std::signal(SIGPIPE, before_); }

  private:
    void (*before_)(int);
};

std::string name_of(const Tale& tale) {
    return tale.hook.empty() ? std::string(bash) + " for the hooks" : "hook " + printable(tale.hook);
}

/// Throws HookFailed unless the shell ended well; gives a warning when it ended before its time.
std::optional<std::string> judge(int wait_status, const Tale& tale) {
    const std::string hook = name_of(tale);
    if (WIFSIGNALED(wait_status))
        throw HookFailed(hook + ": ended by signal " + std::to_string(WTERMSIG(wait_status)),
                         128 + WTERMSIG(wait_status));
    const int status = WEXITSTATUS(wait_status);
    // A reason that was told in a subshell, and dealt with, is none.
    if (status != 0)
        throw HookFailed(
            hook + ": " + (tale.reason ? printable(*tale.reason) : "exit status " + std::to_string(status)), status);
    if (!tale.done)
        return hook + ": called exit, so the hooks after it did not run";
    return std::nullopt;
}

} // namespace

std::vector<std::string> find_hooks(const std::string& directory) {
    std::vector<std::string> hooks;
    const std::unique_ptr<DIR, CloseDirectory> open_directory(opendir(directory.c_str()));
    if (!open_directory)
        return hooks;
    while (const dirent* entry = readdir(open_directory.get())) {
        const std::string_view name = entry->d_name;
        std::string path = directory + "/" + std::string(name);
        if (name.ends_with(".hook") && !name.starts_with('.') && is_executable_file(path))
            hooks.push_back(std::move(path));
    }
    std::sort(hooks.begin(), hooks.end());
    return hooks;
}

std::optional<std::string> run_hooks(const std::vector<std::string>& hooks, const HookCall& call,
                                     const Deadline& deadline) {
    if (hooks.empty())
        return std::nullopt;
    if (Deadline::has_passed())
        throw HookFailed("hook " + printable(hooks.front()) + ": not run, there is no time left", 1);
    // A file, not a pipe: a daemon that a hook starts keeps the descriptor, and nobody shall wait for it.
    const UniqueFd tale = make_tale();
    std::vector<std::string> assignments = environment_of(call);
    std::vector<char*> environment = null_terminated(assignments);
    // Not bp::environment: that of Boost 1.74 reads past the end of its strings.
    auto give_environment = bp::extend::on_setup = [&](auto& executor) { executor.env = environment.data(); };
    const DefaultSigpipe sigpipe;
    bp::group group;
    std::error_code failed;
    bp::child shell(bp::exe = bash, bp::args = arguments_of(hooks, call), give_environment, bp::std_in < bp::null,
                    bp::posix::fd.bind(tale_descriptor, tale.get()), group, failed);
    if (failed)
        throw Error(std::string("start ") + bash + " for the hooks", failed);
    const bool in_time = ends_in_time(shell.id(), deadline);
    if (!in_time)
        group.terminate(failed); // a group that is gone by now is what is wanted
    shell.wait(failed);
    if (failed)
        throw Error("wait for the hooks", failed);
    if (!in_time)
        throw HookFailed(name_of(read_tale(tale.get())) + ": did not end in time", 1);
    return judge(shell.native_exit_code(), read_tale(tale.get()));
}

} // namespace vifplug
