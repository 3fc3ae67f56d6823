// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace vifplug {

/// The time by which a hotplug program has to have answered. libxl kills it after 40 s (X4), without a word to anybody;
/// so whatever it waits for (a lock, xenstored, a hook) is given up before, and said.
///
/// One per process, since it rests on SIGALRM: when the time has come the signal interrupts waiting system calls and
/// goes on doing so ten times a second, so that a wait entered just after it ends too. libxenstore restarts interrupted
/// reads for ever; a descriptor given to DescriptorAtRisk is shut down instead, which ends them with an error. Where
/// that does not help either (a character device), the process says so on stderr and exits with 1 half a second later.
class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    /// Starts now. Throws Error.
    explicit Deadline(std::chrono::milliseconds patience);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    static bool has_passed();

    /// For who looks at thousands of vifs, with a deadline for each: from now on the timer goes on when a deadline
    /// ends, and serves the next one, so that there is no system call for either. A signal that is too early sets it
    /// anew, and interrupts what waits all the same. Not for who forks: a child has no timer, and would count on it.
    static void keep_timer();

    /// For who keeps it and is about to wait without a deadline, for hours perhaps: spares it the signal.
    static void stop_idle_timer();

    /// The time left, zero when it has passed.
    std::chrono::milliseconds left() const;

    /// Starts again, for instance to report that the first one has passed. Throws Error.
    void restart(std::chrono::milliseconds patience);

    /// While one is alive, the descriptor is shut down when the deadline passes. They may nest.
    class DescriptorAtRisk {
      public:
        explicit DescriptorAtRisk(int descriptor);
        DescriptorAtRisk(const DescriptorAtRisk&) = delete;
        DescriptorAtRisk& operator=(const DescriptorAtRisk&) = delete;
        ~DescriptorAtRisk();

      private:
        int outer_;
    };

  private:
    Clock::time_point end_;
};

} // namespace vifplug
