// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/transaction.hpp"
#include "system/unique_fd.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// What network-bridge keeps in the run directory, below "network": a record of each uplink that is set up, and the
/// journal of the transaction that is under way.
///
/// I1: a journal that is there belongs to a transaction that has not ended: it has to be taken back, or, past return,
///     finished, before anything else is done.
/// I2: every step is in the journal, and on disk, before it is made.
/// I3: what is written whole (records, the journal's beginning) is written beside and renamed; a line that was cut
///     short in the journal is as good as none, since its step was not made.
/// I4: only the holder of the lock writes.
class UplinkJournal {
  public:
    /// `run_directory` as for RunDirectory. Touches nothing yet.
    explicit UplinkJournal(const std::string& run_directory);

    std::string lock_path() const { return directory_ + ".lock"; }

    /// Where a dhcpcd finds what it has to keep off.
    std::string dhcpcd_configuration() const { return directory_ + "/dhcpcd.conf"; }

    /// Makes the directory where it is missing. Throws Error.
    void make_directory() const;

    /// The transaction that nobody ended; nothing when there is none, or it is of another network namespace.
    std::optional<Transaction> unfinished() const;

    /// The steps of it so far, as they were described.
    std::vector<std::string> steps() const;

    // The following write, and throw Error when they cannot.
    void begin(const Transaction& transaction);
    void note_step(const std::string& description);
    void note_state(std::size_t part, const HostState& state);
    void note_stopped(std::size_t part, const std::vector<DhcpClient>& clients);
    void note_past_return();
    void end();

    /// Of this network namespace. One that cannot be read is as good as none.
    std::vector<UplinkRecord> records() const;
    /// The one of its NIC; nothing when there is none.
    std::optional<UplinkRecord> record_of(const Uplink& uplink) const;
    void write_record(const UplinkRecord& record) const;
    void remove_record(const Uplink& uplink) const;

  private:
    std::string journal_path() const { return directory_ + "/journal"; }
    std::string record_path(const Uplink& uplink) const;
    void append(const std::string& line);

    std::string directory_;
    UniqueFd journal_; ///< open from the first line that is appended
};

} // namespace vifplug
