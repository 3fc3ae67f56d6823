// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/drop_in.hpp"

#include "core/error.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility> // Boost 1.74 needs it in C++20
#include <vector>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>

namespace vifplug {

namespace {

namespace bp = boost::process;

constexpr std::array<const char*, 6> passed_on{"XENSTORED_PATH", "XENSTORED_RUNDIR", "VIFPLUG_RUNDIR",
                                               "VIFPLUG_CONFIG", "VIFPLUG_TIMEOUT",  "PATH"};

std::vector<std::string> assignments(const std::string& path, VifId id, const Environment& environment) {
    std::vector<std::string> list{"script=" + path,
                                  "XENBUS_TYPE=vif",
                                  "XENBUS_BASE_PATH=backend",
                                  "XENBUS_PATH=" + BackendPath::of(id).path,
                                  "netdev=",
                                  "vif=" + netdev_name(id, PortKind::vif),
                                  "LANG=C"};
    for (const char* name : passed_on)
        if (const auto value = environment(name))
            list.push_back(std::string(name) + "=" + *value);
    return list;
}

UniqueFd open_process(pid_t process) {
    return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
}

} // namespace

DropIn::DropIn(const std::string& path, VifId id, Verb verb, const Environment& environment) {
    std::vector<std::string> texts = assignments(path, id, environment);
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    // Not bp::environment: that of Boost 1.74 reads past the end of its strings.
    auto give_environment = bp::extend::on_setup = [&](auto& executor) { executor.env = pointers.data(); };
    auto begin_anew = bp::extend::on_exec_setup = [](auto&) {
        (void)signal(SIGPIPE, SIG_DFL);
        (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // Linux 5.11; a daemon that a hook starts would keep them
    };
    std::error_code failed;
    child_ = std::make_unique<bp::child>(bp::exe = path, bp::args = {std::string(name_of(verb)), "type_if=vif"},
                                         give_environment, begin_anew, bp::std_in < bp::null, failed);
    if (!failed && !child_->valid()) // it has no code for a pipe that could not be had
        failed = system_code(EMFILE);
    if (failed)
        throw Error("start " + path, failed);
    process_ = open_process(child_->id());
    if (!process_)
        throw Error("wait for " + path, system_code(errno));
}

DropIn::~DropIn() {
    child_->detach();
}

int DropIn::status() {
    std::error_code failed;
    child_->wait(failed);
    return failed ? -1 : child_->exit_code();
}

} // namespace vifplug
