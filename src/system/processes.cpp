// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/processes.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/small_file.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <string>
#include <sys/stat.h>

namespace vifplug {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};

std::string proc(int pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

} // namespace

std::vector<int> all_processes() {
    std::vector<int> pids;
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir("/proc"));
    if (!directory)
        throw Error("list /proc", system_code(errno));
    while (const dirent* entry = readdir(directory.get()))
        if (const auto pid = parse_decimal(entry->d_name))
            pids.push_back(static_cast<int>(*pid));
    return pids;
}

bool is_called(int pid, std::string_view name) {
    return read_small_file(proc(pid, "comm")) == std::string(name) + "\n";
}

bool is_in_our_network(int pid) {
    struct stat theirs {};
    struct stat ours {};
    return stat(proc(pid, "ns/net").c_str(), &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
           theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

bool runs_in_our_network(std::string_view name) {
    const std::vector<int> pids = all_processes();
    return std::any_of(pids.begin(), pids.end(),
                       [&](int pid) { return is_called(pid, name) && is_in_our_network(pid); });
}

} // namespace vifplug
