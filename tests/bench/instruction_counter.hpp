// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace vifplug::bench {

/// Counts the instructions of a daemon's own, those of the kernel not among them: exactly, whatever else the machine
/// does. Needs valgrind, which makes the daemon many times slower.
class InstructionCounter {
  public:
    /// What runs the daemon so that it can be counted.
    static std::vector<std::string> words(const std::string& daemon);

    /// Of a process that was started so.
    explicit InstructionCounter(pid_t pid);

    /// Since it was asked last, or since the counter was made. Throws std::runtime_error when it is not told.
    double since_last();

  private:
    pid_t pid_;
    int answers_ = 0;
};

} // namespace vifplug::bench
