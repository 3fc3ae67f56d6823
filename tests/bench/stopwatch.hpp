// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace vifplug::bench {

/// Runs from construction.
class Stopwatch {
  public:
    double ms() const { return std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }

  private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point start_ = Clock::now();
};

} // namespace vifplug::bench
