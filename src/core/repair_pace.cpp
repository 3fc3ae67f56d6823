// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/repair_pace.hpp"

#include <algorithm>

namespace vifplug {

RepairPace::TimePoint RepairPace::next(TimePoint now) const {
    return repairs_.empty() ? now : std::max(now, repairs_.back() + wait_);
}

bool RepairPace::is_calm(TimePoint now) const {
    return repairs_.empty() || now - repairs_.back() > calm;
}

bool RepairPace::is_slowed(TimePoint now) const {
    return wait_ > std::chrono::seconds(0) && !is_calm(now);
}

void RepairPace::repaired(TimePoint now) {
    if (is_calm(now))
        wait_ = std::chrono::seconds(0);
    repairs_.push_back(now);
    if (repairs_.size() > free_repairs)
        repairs_.erase(repairs_.begin());
    if (is_slowed(now))
        wait_ = std::min(wait_ * 2, longest_wait);
    else if (repairs_.size() == free_repairs && now - repairs_.front() < window)
        wait_ = first_wait;
}

} // namespace vifplug
