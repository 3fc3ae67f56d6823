// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/run_directory.hpp"

#include "core/error.hpp"
#include "system/deadline.hpp"
#include "system/small_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace vifplug {

namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;

UniqueFd open_lock(const std::string& path) {
    UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (!file)
        throw Error("open the lock " + path, system_code(errno));
    while (flock(file.get(), LOCK_EX) != 0) {
        const int failed = errno;
        if (failed == EINTR && !Deadline::has_passed())
            continue;
        throw Error("wait for the lock " + path, system_code(failed == EINTR ? ETIMEDOUT : failed));
    }
    return file;
}

bool is_same_file(int descriptor, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
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

/// Index numbers mean something in their own network namespace only.
std::string network_namespace() {
    struct stat ns {};
    if (stat("/proc/self/ns/net", &ns) != 0)
        return "-";
    return std::to_string(ns.st_ino);
}

} // namespace

PortLock::PortLock(std::string path) : path_(std::move(path)) {
    do
        file_ = open_lock(path_);
    while (!is_same_file(file_.get(), path_));
}

PortLock::~PortLock() {
    (void)unlink(path_.c_str()); // a file that stays costs nothing: the next holder takes it over
}

std::string RunDirectory::lock_path(VifId id, PortKind kind) const {
    return path_ + "/" + netdev_name(id, kind) + ".lock";
}

std::string RunDirectory::record_path(VifId id, PortKind kind) const {
    return path_ + "/" + netdev_name(id, kind) + ".netdev";
}

void RunDirectory::make() const {
    make_directories(path_);
}

std::optional<PortRecord> RunDirectory::record(VifId id, PortKind kind) const {
    const std::string text = read_small_file(record_path(id, kind));
    return text.empty() ? std::nullopt : parse_record(text, network_namespace());
}

void RunDirectory::write_record(VifId id, PortKind kind, const PortRecord& record) const {
    const std::string path = record_path(id, kind);
    const std::string draft = path + ".new";
    const std::string text = format_record(record, network_namespace());
    const UniqueFd file(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        rename(draft.c_str(), path.c_str()) != 0) {
        const int failed = errno;
        (void)unlink(draft.c_str()); // half a draft is of no use to anybody
        throw Error("write " + path, system_code(failed));
    }
}

void RunDirectory::remove_record(VifId id, PortKind kind) const {
    (void)unlink(record_path(id, kind).c_str()); // nothing there is what is wanted
}

} // namespace vifplug
