// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace vifplug {

/// How fast one vif is put back. Whoever took it off by mistake does it once; whoever does it again and again means it,
/// or is a program as stubborn as we are, and the two would fill the machine with their fight. The first repairs are
/// made at once; after `free_repairs` of them within `window` each waits twice as long as the one before, from
/// `first_wait` to `longest_wait`. A vif that was left alone for `calm` starts anew.
class RepairPace {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t free_repairs = 10;
    static constexpr std::chrono::seconds window{20};
    static constexpr std::chrono::seconds first_wait{1};
    static constexpr std::chrono::seconds longest_wait{30};
    static constexpr std::chrono::seconds calm{60};

    /// The earliest time at which the next repair may be made; `now` outside a fight.
    TimePoint next(TimePoint now) const;

    /// A repair was made.
    void repaired(TimePoint now);

    /// Whether somebody fights: the next repair is slowed.
    bool is_slowed(TimePoint now) const;

  private:
    bool is_calm(TimePoint now) const;

    std::vector<TimePoint> repairs_; ///< the last ones, oldest first, no more than free_repairs
    std::chrono::seconds wait_{0};
};

} // namespace vifplug
