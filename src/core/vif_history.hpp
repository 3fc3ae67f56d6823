// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace vifplug {

/// What happened to one vif, for people who ask. The last `longest` events, and how many there were of those that
/// count.
class VifHistory {
  public:
    using Time = std::chrono::system_clock::time_point;

    enum class What { seen, placed, moved, repaired, waits, slowed, detached, error };

    struct Event {
        Time time;
        What what;
        std::string text; ///< a sentence, or empty
    };

    static constexpr std::size_t longest = 20;

    /// The same error or wait again is one event, the first.
    void add(Time time, What what, std::string text);

    const std::vector<Event>& events() const { return events_; }
    unsigned repairs() const { return repairs_; }
    unsigned errors() const { return errors_; }

  private:
    std::vector<Event> events_;
    unsigned repairs_ = 0;
    unsigned errors_ = 0;
};

/// "repaired".
std::string name_of(VifHistory::What what);

} // namespace vifplug
