// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/readiness.hpp"
#include "core/call_words.hpp"
#include "core/hotplug_call.hpp"
#include "system/drop_in.hpp"

#include <functional>
#include <map>
#include <string>

namespace vifplug {

/// The vif-bridges that were started for vifs, one for each at a time. They go on when the object ends.
class RunningDropIns {
  public:
    using Ended = std::function<void(VifId id, int status)>;

    RunningDropIns(boost::asio::io_context& context, std::string program, Environment environment, Ended ended)
        : context_(context), program_(std::move(program)), environment_(std::move(environment)),
          ended_(std::move(ended)) {}

    /// `ended` is called when it has. Throws Error when it cannot be started.
    void start(VifId id, Verb verb);

    bool empty() const { return running_.empty(); }

  private:
    struct Running {
        Running(const std::string& path, VifId id, Verb verb, const Environment& environment,
                boost::asio::io_context& context)
            : program(path, id, verb, environment), end(context, program.descriptor()) {}

        DropIn program;
        Readiness end;
    };

    boost::asio::io_context& context_;
    const std::string program_;
    const Environment environment_;
    const Ended ended_;
    std::map<VifId, Running> running_;
};

} // namespace vifplug
