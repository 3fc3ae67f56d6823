// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/running_drop_ins.hpp"

#include "core/error.hpp"

namespace vifplug {

namespace {

constexpr std::size_t most_at_a_time = 32; ///< of a default of 1,024 descriptors each takes two, and its start more

} // namespace

void RunningDropIns::start(VifId id, Verb verb) {
    if (running_.size() < most_at_a_time)
        begin(id, verb);
    else
        waiting_.emplace_back(id, verb);
}

void RunningDropIns::begin(VifId id, Verb verb) {
    const auto place = running_.try_emplace(id, program_, id, verb, environment_, context_);
    begun_(id, verb);
    place.first->second.end.wait([this, id] {
        const int status = running_.at(id).program.status();
        running_.erase(id);
        ended_(id, status);
        begin_next();
    });
}

/// One that cannot be started has ended: nobody is there any more to hear that it has not begun.
void RunningDropIns::begin_next() {
    while (!waiting_.empty() && running_.size() < most_at_a_time) {
        const auto [id, verb] = waiting_.front();
        waiting_.pop_front();
        try {
            begin(id, verb);
        } catch (const Error&) {
            ended_(id, never_started);
        }
    }
}

} // namespace vifplug
