// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_desk.hpp"

#include "app/uplink_transaction.hpp"
#include "core/text.hpp"

#include <ctime>

namespace vifplug {

namespace {

Transaction overdue(const UplinkDesk& desk) {
    Transaction transaction{Transaction::What::stop, false, {}};
    for (const UplinkRecord& record : desk.journal.records())
        if (record.confirm_by && *record.confirm_by <= now_in_seconds())
            transaction.parts.push_back({record.uplink, std::nullopt, {}});
    return transaction;
}

} // namespace

std::uint64_t now_in_seconds() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

UplinkSurroundings surroundings(const HostPicture& picture, const std::vector<UplinkRecord>& records) {
    UplinkSurroundings around{picture.links, default_route_netdev(picture), {}, {}};
    for (const UplinkRecord& record : records)
        around.set_up.push_back(record.uplink);
    return around;
}

bool has_unfinished(const UplinkDesk& desk) {
    return desk.journal.unfinished().has_value() || !overdue(desk).parts.empty();
}

void finish_unfinished(const UplinkDesk& desk) {
    UplinkTransaction work(desk.network, desk.journal, desk.log);
    if (auto left = desk.journal.unfinished()) {
        desk.log.warning("an earlier call did not come to its end; " +
                         std::string(left->is_past_return ? "ending it" : "taking it back"));
        work.take_back(std::move(*left));
    }
    if (auto late = overdue(desk); !late.parts.empty()) {
        for (const TransactionPart& part : late.parts)
            desk.log.warning(printable(part.uplink.netdev) + ": nobody confirmed in time; taking it back");
        work.stop(std::move(late), std::chrono::seconds(0));
    }
}

} // namespace vifplug
