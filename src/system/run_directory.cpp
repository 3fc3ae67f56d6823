// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/run_directory.hpp"

#include "core/error.hpp"
#include "system/deadline.hpp"
#include "system/small_file.hpp"
#include "system/whole_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace vifplug {

namespace {

constexpr mode_t file_mode = 0600;

UniqueFd open_lock(const std::string& path, PortLock::Patience patience) {
    UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (!file)
        throw Error("open the lock " + path, system_code(errno));
    const int operation = patience == PortLock::Patience::none ? LOCK_EX | LOCK_NB : LOCK_EX;
    while (flock(file.get(), operation) != 0) {
        const int failed = errno;
        if (failed == EINTR && !Deadline::has_passed())
            continue;
        if (failed == EWOULDBLOCK)
            throw LockBusy("take the lock " + path, system_code(failed));
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

} // namespace

PortLock::PortLock(std::string path, Patience patience) : path_(std::move(path)) {
    do
        file_ = open_lock(path_, patience);
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

std::string RunDirectory::vlans_path(VifId id, PortKind kind) const {
    return path_ + "/" + netdev_name(id, kind) + ".vlans";
}

std::string RunDirectory::hooks_path(VifId id) const {
    return path_ + "/" + netdev_name(id, PortKind::vif) + ".hooks";
}

void RunDirectory::make() const {
    make_directories(path_);
}

std::optional<PortRecord> RunDirectory::record(VifId id, PortKind kind) const {
    const std::string text = read_small_file(record_path(id, kind));
    return text.empty() ? std::nullopt : parse_record(text, network_namespace());
}

void RunDirectory::write_record(VifId id, PortKind kind, const PortRecord& record) const {
    write_whole_file(record_path(id, kind), format_record(record, network_namespace()));
}

void RunDirectory::note_vlans(VifId id, PortKind kind, const PortRecord& port) const {
    write_whole_file(vlans_path(id, kind), format_record(port, network_namespace()));
}

std::optional<PortRecord> RunDirectory::noted_vlans(VifId id, PortKind kind) const {
    const std::string text = read_small_file(vlans_path(id, kind));
    return text.empty() ? std::nullopt : parse_record(text, network_namespace());
}

void RunDirectory::forget_vlans(VifId id, PortKind kind) const {
    (void)unlink(vlans_path(id, kind).c_str()); // nothing there is what is wanted
}

void RunDirectory::note_hooks(VifId id) const {
    write_whole_file(hooks_path(id), "");
}

bool RunDirectory::owes_hooks(VifId id) const {
    return access(hooks_path(id).c_str(), F_OK) == 0;
}

void RunDirectory::forget_hooks(VifId id) const {
    (void)unlink(hooks_path(id).c_str()); // nothing there is what is wanted
}

void RunDirectory::remove_record(VifId id, PortKind kind) const {
    (void)unlink(record_path(id, kind).c_str()); // nothing there is what is wanted
}

} // namespace vifplug
