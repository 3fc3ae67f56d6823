// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"
#include "core/ownership.hpp"
#include "core/vif_id.hpp"
#include "system/unique_fd.hpp"

#include <optional>
#include <string>

namespace vifplug {

/// Somebody else has the lock, and it may not be waited for. A type of its own, since others say EAGAIN, too: a list of
/// the kernel's that keeps changing, a transaction of xenstore's.
class LockBusy : public Error {
  public:
    using Error::Error;
};

/// The lock of one port: whoever holds it is the only one who changes that port.
///
/// | who                                  | lock      | mode      |
/// | ------------------------------------ | --------- | --------- |
/// | online, offline, add, remove         | the port's | exclusive |
/// | vifplugd, which does not wait for it | the port's | exclusive |
///
/// One lock at a time, so there is no order to keep. The file is made by whoever comes first and flock(2)ed.
/// I1: it is unlinked by its holder only, before the lock is let go.
/// I2: after flock the open file must still be the one of that name, else another holder unlinked it: start over.
/// A holder that dies leaves the file and no lock; the next one takes it over.
class PortLock {
  public:
    enum class Patience { until_the_deadline, none };

    /// Waits for the process's Deadline at the longest, or not at all. Throws Error: with the code ETIMEDOUT when
    /// somebody else keeps it too long, and LockBusy when it may not wait.
    explicit PortLock(std::string path, Patience patience = Patience::until_the_deadline);
    PortLock(const PortLock&) = delete;
    PortLock& operator=(const PortLock&) = delete;
    ~PortLock();

  private:
    std::string path_;
    UniqueFd file_;
};

/// What the programs keep for each other: /run/vifplug, or where VIFPLUG_RUNDIR points. Root's alone.
class RunDirectory {
  public:
    /// Touches nothing yet.
    explicit RunDirectory(std::string path) : path_(std::move(path)) {}

    std::string lock_path(VifId id, PortKind kind) const;

    /// Makes the directory where it is missing. Throws Error.
    void make() const;

    /// What was written down about the port, nothing when there is no record that can be believed: one of another
    /// network namespace or one that cannot be read is as good as none. Never throws for a bad record.
    std::optional<PortRecord> record(VifId id, PortKind kind) const;

    /// Writes the record whole or not at all. Throws Error.
    void write_record(VifId id, PortKind kind, const PortRecord& record) const;

    /// No failure when there is none.
    void remove_record(VifId id, PortKind kind) const;

    /// That the port has VLANs which its configuration asked for: they go when the configuration asks for none.
    void note_vlans(VifId id, PortKind kind, const PortRecord& port) const;
    std::optional<PortRecord> noted_vlans(VifId id, PortKind kind) const;
    void forget_vlans(VifId id, PortKind kind) const;

    /// That hooks were told of the vif, and have to hear of its end.
    void note_hooks(VifId id) const;
    bool owes_hooks(VifId id) const;
    void forget_hooks(VifId id) const;

  private:
    std::string hooks_path(VifId id) const;
    std::string record_path(VifId id, PortKind kind) const;
    std::string vlans_path(VifId id, PortKind kind) const;

    std::string path_;
};

} // namespace vifplug
