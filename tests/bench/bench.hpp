// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "calls.hpp"
#include "host.hpp"
#include "log_sink.hpp"
#include "trace.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vifplug::bench {

/// One place, the same for all programs, and what each of them costs in it.
class Bench {
  public:
    /// Of `guests` guests; every measurement takes as many of them as it says.
    explicit Bench(unsigned guests) : host_(guests) {}

    /// online for all of `count` guests at once; when all are done, offline for all of them.
    Cost online_and_offline(const std::string& program, unsigned count);

    /// What strace counts in the same. Not while time is measured: it slows a program down.
    Trace trace(const std::string& program, unsigned count);

    /// Of the largest process in the same.
    double peak_memory_mb(const std::string& program, unsigned count);

  private:
    using Words = std::vector<std::string>;

    std::vector<Call> calls(const std::string& program, const std::string& verb, unsigned count) const;
    void watch(const std::string& program, unsigned count,
               const std::function<Words(const Words& command, const std::string& file)>& watched,
               const std::function<void(const std::string& file)>& read);

    Host host_; // first, since it refuses to be made in a place that is not for it
    LogSink log_;
};

struct Programs {
    std::string floor;
    std::string ours;
    std::string stock; ///< empty when it is not to be measured
};

/// Each program once, one right after the other, so that whatever else the machine does meets all of them.
struct Round {
    Cost floor;
    Cost ours;
    std::optional<Cost> stock; ///< takes so much longer that it has fewer rounds
};

struct Rounds {
    unsigned all;
    unsigned stock_every; ///< odd, so that floor and ours come first after it in turns
};

std::vector<Round> measure(Bench& bench, const Programs& programs, unsigned count, Rounds rounds);

} // namespace vifplug::bench
