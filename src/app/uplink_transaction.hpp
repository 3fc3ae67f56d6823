// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/nic_configurators.hpp"
#include "app/uplink_settling.hpp"
#include "core/transaction.hpp"
#include "system/host_network.hpp"
#include "system/uplink_journal.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace vifplug {

/// A transaction could not be made. Its text says why, and what the host is like now.
class TransactionFailed : public std::runtime_error {
  public:
    [[nodiscard]] explicit TransactionFailed(const std::string& sentence) : std::runtime_error(sentence) {}
};

/// Moves the host onto bridges and back, several NICs at once or none. Whoever uses one holds the journal's lock.
///
/// Every function brings the host to one of two states: as it was before, or as it was asked for. Which one is decided
/// by what is in the journal, so a process that dies leaves a job that take_back() ends.
class UplinkTransaction {
  public:
    UplinkTransaction(HostNetwork& network, UplinkJournal& journal, EventLog& log)
        : network_(network), journal_(journal), log_(log), configurators_(journal, log),
          settling_(network, journal, log, configurators_) {}
    UplinkTransaction(const UplinkTransaction&) = delete;
    UplinkTransaction& operator=(const UplinkTransaction&) = delete;
    ~UplinkTransaction() = default;

    /// Sets the uplinks up. Gateways that answered before have to answer within `verify` (0: they are not asked), and
    /// so have TCP peers the kernel can tell about. Throws when anything fails; then all is as it was, or the text says
    /// what is not.
    void start(Transaction transaction, std::chrono::seconds verify, std::optional<std::uint64_t> confirm_by);

    /// Gives the NICs back what the host's netdevs have by now. Throws as start() does; then they are set up as before.
    void stop(Transaction transaction, std::chrono::seconds verify);

    /// Takes a transaction back that nobody ended, or, past return, ends it. Throws when something is left.
    void take_back(Transaction transaction);

    /// Corrects what differs from the record, and says so. Nothing moves.
    void mend(const UplinkRecord& record);

    /// Removes what was made for a NIC that is gone, and its record. There is nothing to give back to.
    void forget(const Uplink& uplink);

  private:
    void switch_in(std::size_t which, TransactionPart& part);
    void switch_out(std::size_t which, TransactionPart& part);
    std::string roll_back(Transaction& transaction);
    void put_back(Transaction& transaction);
    HostState own_of_bridge(const Uplink& uplink) const;
    void keep(const Transaction& transaction, const std::vector<HostState>& own_of_bridges,
              std::optional<std::uint64_t> confirm_by);

    HostNetwork& network_;
    UplinkJournal& journal_;
    EventLog& log_;
    NicConfigurators configurators_;
    UplinkSettling settling_;
    bool goes_on_filtering_ = false; ///< somebody else's bridge, which is not as it was then
};

} // namespace vifplug
