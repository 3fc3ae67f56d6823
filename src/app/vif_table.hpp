// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/kept_vif.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace vifplug {

/// The vifs that are known, which of them are to be looked at, and which at what time. Knows no clock.
class VifTable {
  public:
    using TimePoint = KeptVif::TimePoint;

    const std::map<VifId, KeptVif>& vifs() const { return vifs_; }

    /// Null for a vif that is not known.
    KeptVif* find(VifId id);
    KeptVif& find_or_add(VifId id, Store& store);
    void forget(VifId id);

    /// Has the vif looked at, also one that is not known yet; once, however often it is marked until then.
    void mark(VifId id);

    /// As mark(), where the kernel may have it otherwise than it is to be. One that was placed comes before those that
    /// are not, or are looked at for no reason of their own: its guest has lost its network perhaps.
    void suspect(VifId id);
    void suspect_those(const std::function<bool(const KeptVif&)>& need);

    /// Has those that failed looked at: one of them may be waiting for it, as that a vifname is taken is refused at
    /// once.
    void a_name_is_free();

    /// Notes that the vif has come to the phase of that name.
    void has_failed(VifId id);

    /// Those that failed do not wait for the time of their next try.
    void let_try_again();

    /// A device model has made a tap, perhaps before the toolstack has written down the vif that it belongs to.
    void heard_of_tap(VifId id, const std::string& netdev);

    /// The vif whose turn it is, nothing when none is marked; it stays marked until done().
    std::optional<VifId> next();
    void done(VifId id);
    std::size_t marked() const { return marked_.size(); }
    const std::set<VifId>& all_marked() const { return marked_; }

    /// Has the vif looked at when the time has come, which next_time() tells and mark_due() does. One time for each.
    void call_again(VifId id, TimePoint when);
    void call_off(VifId id);
    std::optional<TimePoint> next_time() const;
    void mark_due(TimePoint now);

    /// Notes that the port which was `before` the vif's is not any more, and that the one which is now is.
    void own(VifId id, const std::optional<PlacedPort>& before, const std::optional<PlacedPort>& now);
    std::optional<VifId> owner_of(IfIndex port) const;

  private:
    std::map<VifId, KeptVif> vifs_;
    std::deque<VifId> urgent_; ///< in the order of the marks, and perhaps some that are done
    std::deque<VifId> queue_;  ///< the same of those that can wait
    std::set<VifId> marked_;   ///< those in either
    std::set<VifId> hurried_;  ///< those in the first
    std::set<std::pair<TimePoint, VifId>> timers_;
    std::set<VifId> failed_; ///< and perhaps some that are well again, or gone
    std::unordered_map<int, VifId> owners_;
    std::map<VifId, std::string> taps_ahead_; ///< of vifs that are not known yet
};

} // namespace vifplug
