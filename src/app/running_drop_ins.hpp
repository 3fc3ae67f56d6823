// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/readiness.hpp"
#include "core/call_words.hpp"
#include "core/hotplug_call.hpp"
#include "system/drop_in.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace vifplug {

/// The vif-bridges that were started for vifs, one for each at a time. They go on when the object ends.
///
/// No more than 32 run at a time, and the others wait for their turn: a hook that takes long would else have hundreds
/// of vifs use up the daemon's descriptors, and vifs fail that have nothing wrong with them.
class RunningDropIns {
  public:
    using Begun = std::function<void(VifId id, Verb verb)>;
    using Ended = std::function<void(VifId id, int status)>;

    RunningDropIns(boost::asio::io_context& context, std::string program, Environment environment, Begun begun,
                   Ended ended)
        : context_(context), program_(std::move(program)), environment_(std::move(environment)),
          begun_(std::move(begun)), ended_(std::move(ended)) {}

    /// `begun` is called when it is its turn, and `ended` when it has. One at a time for each vif. Throws Error when it
    /// cannot be started; one whose turn came later has ended with the status never_started then.
    void start(VifId id, Verb verb);

    static constexpr int never_started = -1;

    bool empty() const { return running_.empty() && waiting_.empty(); }

  private:
    struct Running {
        Running(const std::string& path, VifId id, Verb verb, const Environment& environment,
                boost::asio::io_context& context)
            : program(path, id, verb, environment), end(context, program.descriptor()) {}

        DropIn program;
        Readiness end;
    };

    void begin(VifId id, Verb verb);
    void begin_next();

    boost::asio::io_context& context_;
    const std::string program_;
    const Environment environment_;
    const Begun begun_;
    const Ended ended_;
    std::map<VifId, Running> running_;
    std::deque<std::pair<VifId, Verb>> waiting_;
};

} // namespace vifplug
