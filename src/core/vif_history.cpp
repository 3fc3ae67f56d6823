// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_history.hpp"

#include <utility>

namespace vifplug {

std::string name_of(VifHistory::What what) {
    switch (what) {
    case VifHistory::What::seen:
        return "seen";
    case VifHistory::What::placed:
        return "placed";
    case VifHistory::What::moved:
        return "moved";
    case VifHistory::What::repaired:
        return "repaired";
    case VifHistory::What::waits:
        return "waits";
    case VifHistory::What::slowed:
        return "slowed";
    case VifHistory::What::detached:
        return "detached";
    case VifHistory::What::error:
        return "error";
    }
    return "";
}

void VifHistory::add(Time time, What what, std::string text) {
    const bool may_repeat = what == What::error || what == What::waits;
    if (may_repeat && !events_.empty() && events_.back().what == what && events_.back().text == text)
        return;
    repairs_ += what == What::repaired ? 1 : 0;
    errors_ += what == What::error ? 1 : 0;
    events_.push_back({time, what, std::move(text)});
    if (events_.size() > longest)
        events_.erase(events_.begin());
}

} // namespace vifplug
