// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/command.hpp"

namespace vifplug::test {

/// A program that is held before and after each of its system calls, so that something can happen there: its death,
/// or a change of the world behind its back. Every moment at which it can have changed anything is one of them.
class Stepped {
  public:
    /// Held at its first instruction. Its output goes nowhere.
    Stepped(const Words& words, const Variables& environment);
    Stepped(const Stepped&) = delete;
    Stepped& operator=(const Stepped&) = delete;
    ~Stepped();

    /// Goes on to the next stop; false when the program has ended instead.
    bool step();

    /// Goes on for `count` stops; false when the program has ended before.
    bool steps(int count);

    /// The system call (SYS_...) it has just left; nothing when it is held anywhere else.
    std::optional<long> has_left() const;

    /// SIGKILL, here and now.
    void kill();

    /// Lets it run to its end; its exit status.
    int finish();

  private:
    bool wait();
    void note_system_call();
    int signal_for_it() const; ///< its own signals reach it, those of being held do not

    pid_t pid_;
    bool ended_ = false;
    int status_ = 0;
    long entered_ = -1;        ///< the system call it is in, -1 for none
    std::optional<long> left_; ///< the one it has just left
};

} // namespace vifplug::test
