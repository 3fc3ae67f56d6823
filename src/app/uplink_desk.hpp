// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "core/uplink_choice.hpp"
#include "system/host_network.hpp"
#include "system/uplink_journal.hpp"

namespace vifplug {

/// What the commands of network-bridge work with.
struct UplinkDesk {
    HostNetwork& network;
    UplinkJournal& journal;
    EventLog& log;
};

UplinkSurroundings surroundings(const HostPicture& picture, const std::vector<UplinkRecord>& records);

/// Seconds of CLOCK_BOOTTIME.
std::uint64_t now_in_seconds();

/// Ends what an earlier call left, and takes back what nobody confirmed in time.
void finish_unfinished(const UplinkDesk& desk);

/// True when a transaction is unfinished or a confirmation is overdue.
bool has_unfinished(const UplinkDesk& desk);

} // namespace vifplug
