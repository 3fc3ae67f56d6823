// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/nic_configurators.hpp"
#include "core/transaction.hpp"
#include "core/uplink_plan.hpp"
#include "system/host_network.hpp"
#include "system/uplink_journal.hpp"

#include <functional>
#include <string>

namespace vifplug {

/// How a plan becomes true: what is planned is made, and looked at again, until nothing is left to do. What the machine
/// cannot do the next plan reckons with, and what the host can do without stops nothing.
class UplinkSettling {
  public:
    using Planner = std::function<UplinkPlan(const Uplink&, const UplinkNow&)>;

    UplinkSettling(HostNetwork& network, UplinkJournal& journal, EventLog& log, NicConfigurators& configurators)
        : network_(network), journal_(journal), log_(log), configurators_(configurators) {}

    /// Throws Error when a step fails, or when there is always something to do.
    void settle(TransactionPart& part, const Planner& plan);

    /// Both plans of start, one after the other: a step that is refused and can be done without ends the first, and not
    /// the second.
    void settle_in(TransactionPart& part);

    /// Once. Ends early where the machine cannot do what the plan rests on, and a new plan will be another.
    void make(TransactionPart& part, const UplinkPlan& plan, const HostPicture& picture);

    /// From here on it goes on, whatever cannot be written or made.
    void begin_to_take_back() { takes_back_ = true; }

    /// Something was lost in taking back, and said.
    bool gave_up() const { return gave_up_; }

  private:
    void note(const UplinkStep& step);
    void catch_up(TransactionPart& part);
    void give_up(TransactionPart& part, const Netdev& netdev, const std::string& why);

    HostNetwork& network_;
    UplinkJournal& journal_;
    EventLog& log_;
    NicConfigurators& configurators_;
    bool renames_live_ = true; ///< until the kernel refuses to
    bool takes_back_ = false;
    bool gave_up_ = false;
};

} // namespace vifplug
