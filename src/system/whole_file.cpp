// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/whole_file.hpp"

#include "core/error.hpp"
#include "system/unique_fd.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

namespace vifplug {

namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;

bool write_draft(const std::string& draft, const std::string& text) {
    const UniqueFd file(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file_mode));
    return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           fsync(file.get()) == 0;
}

} // namespace

void write_whole_file(const std::string& path, const std::string& text) {
    const std::string draft = path + ".new";
    errno = ENOSPC; // what a short write means
    if (write_draft(draft, text) && rename(draft.c_str(), path.c_str()) == 0)
        return;
    const int failed = errno;
    (void)unlink(draft.c_str()); // half a draft is of no use to anybody
    throw Error("write " + path, system_code(failed));
}

void make_directories(const std::string& path) {
    if (mkdir(path.c_str(), directory_mode) == 0 || errno == EEXIST)
        return;
    const std::size_t slash = path.rfind('/');
    if (errno != ENOENT || slash == std::string::npos || slash == 0)
        throw Error("make the directory " + path, system_code(errno));
    make_directories(path.substr(0, slash));
    if (mkdir(path.c_str(), directory_mode) != 0 && errno != EEXIST)
        throw Error("make the directory " + path, system_code(errno));
}

std::string network_namespace() {
    struct stat ns {};
    if (stat("/proc/self/ns/net", &ns) != 0)
        return "-";
    return std::to_string(ns.st_ino);
}

} // namespace vifplug
