// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace vifplug::test {

/// A private xenstored with an empty store. Needs neither Xen nor root.
///
/// I1: once constructed, it answers.
/// I2: only clients whose XENSTORED_RUNDIR is rundir() (and whose XENSTORED_PATH is unset) see it; the environment
///     of the caller is left alone.
/// I3: it outlives neither this object nor the thread that made it: the kernel ends it with that thread.
class Xenstored {
  public:
    /// `dir` is made if missing and holds the socket and `xenstored.log`. Refuses a directory where a store answers.
    /// `binary` empty: $VIFPLUG_TEST_XENSTORED, else the newest /usr/lib/xen-*/bin/xenstored.
    explicit Xenstored(const std::filesystem::path& dir, const std::filesystem::path& binary = {});
    ~Xenstored();

    Xenstored(const Xenstored&) = delete;
    Xenstored& operator=(const Xenstored&) = delete;

    /// Absolute, whatever was given.
    const std::filesystem::path& rundir() const { return rundir_; }

    /// For tests of a store that stops (SIGSTOP) or dies (SIGKILL).
    pid_t pid() const { return process_.pid(); }

  private:
    /// Holds the process by pidfd, so that what is ended and reaped is the one that was started.
    class Process {
      public:
        Process(const std::filesystem::path& binary, const std::filesystem::path& rundir);
        ~Process();

        Process(const Process&) = delete;
        Process& operator=(const Process&) = delete;

        pid_t pid() const { return pid_; }
        bool ended_within(int milliseconds) const;

      private:
        pid_t pid_;
        int pidfd_;
    };

    void wait_until_it_answers() const;

    std::filesystem::path rundir_;
    Process process_;
};

} // namespace vifplug::test
