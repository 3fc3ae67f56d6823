// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace vifplug {

/// How a child that did the work ended.
struct WorkerEnd {
    bool by_itself = false; ///< false: it was killed, or took too long and was
    int status = 0;         ///< its exit status, or the signal
};

/// Does `work` in a child with a session of its own, so that neither a terminal that goes away nor this process's death
/// interrupts it, and waits for its end. Throws Error when no child can be made.
WorkerEnd run_worker(const std::function<int()>& work, std::chrono::seconds patience);

/// From now on a hang-up, an interrupt, a termination request or a limit for the size of files does not end this
/// process: what it is about takes less time than the harm would. Programs it starts have the defaults.
void outlive_the_terminal();

/// Runs `watch` in a process of its own that has no terminal, no open file and no parent. Throws Error.
void start_guard(const std::function<void()>& watch);

/// Notices that files come into a directory, or go, from when it is made.
class DirectoryWatch {
  public:
    explicit DirectoryWatch(const std::string& directory);

    /// Waits until something was noticed or the time (seconds of CLOCK_BOOTTIME) has come; a minute at the longest.
    void wait(std::uint64_t until) const;

  private:
    UniqueFd changes_;
};

} // namespace vifplug
