// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "core/transaction.hpp"
#include "system/network_managers.hpp"
#include "system/uplink_journal.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace vifplug {

inline constexpr std::chrono::seconds time_for_clients{10};
inline constexpr std::chrono::seconds time_in_the_switch{5}; ///< nobody has the addresses

/// Who configures the NIC beside us: DHCP clients, systemd-networkd, NetworkManager and their like. They would go on
/// doing so under its new name, and not know the host's netdev. What the operator has to know of them is logged.
class NicConfigurators {
  public:
    NicConfigurators(UplinkJournal& journal, EventLog& log) : journal_(journal), log_(log) {}

    /// Stops the DHCP clients that cannot stay, after it is written down which. Throws.
    void stop_clients(std::size_t which, TransactionPart& part, const std::string& from, const std::string& to);

    /// Starts them again. One that does not start is told about, and no reason to take everything back: the lease is
    /// in place.
    void start_clients(const TransactionPart& part, bool set_up);

    /// Finds out who configures the NIC, and tells them what is to come. Throws.
    void tell_before(const TransactionPart& part);

    /// Somebody was told before, and has to hear once the NIC is a port.
    bool wait_for_the_switch() const { return !managers_.empty(); }
    void tell_in_switch(const TransactionPart& part);

    /// Just before that netdev gets the host's state.
    void tell_taker(const TransactionPart& part, const Netdev& taker, std::chrono::seconds patience);

    /// The NIC has its name back, or is gone.
    void tell_after(const TransactionPart& part);

  private:
    DhcpTarget dhcp_target(const std::string& netdev) const;
    void tell(const TransactionPart& part, std::chrono::seconds patience,
              const std::function<Sentences(const Deadline&)>& how);

    UplinkJournal& journal_;
    EventLog& log_;
    std::vector<NetworkManager> managers_; ///< who has to be told in the switch that is under way
};

} // namespace vifplug
