// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/running_drop_ins.hpp"

namespace vifplug {

void RunningDropIns::start(VifId id, Verb verb) {
    const auto place = running_.try_emplace(id, program_, id, verb, environment_, context_);
    place.first->second.end.wait([this, id] {
        const int status = running_.at(id).program.status();
        running_.erase(id);
        ended_(id, status);
    });
}

} // namespace vifplug
