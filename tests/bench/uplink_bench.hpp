// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "dom0.hpp"
#include "remote_host.hpp"

#include <string>
#include <vector>

namespace vifplug::bench {

/// One way of one program to set a host's network up.
struct Way {
    std::string name; ///< as the table has it
    std::string program;
    std::vector<std::string> keys; ///< after the verb
    Load load = Load::plain;
    bool is_old = false; ///< it is known to lose IPv6, so nobody waits for it or compares
};

/// What start and then stop cost, and what the remote host noticed of them.
struct UplinkCost {
    double start_ms = 0;
    double stop_ms = 0;
    double cpu_ms = 0; ///< of both, with the processes they waited for
    Noticed start;
    Noticed stop;
    std::string lost_by_start; ///< a line that eth0 has lost or got, while started
    std::string left_by_stop;  ///< a line that is not as before, after stop
};

/// Of the one or the other, the longer.
double silence_v4(const UplinkCost& cost);
double silence_v6(const UplinkCost& cost);
double stall(const UplinkCost& cost);
double own_pause(const UplinkCost& cost);

/// The place where all ways are measured, each on a host that was made for it.
class UplinkBench {
  public:
    UplinkBench();

    /// start, some time, stop. Throws std::runtime_error with the program's own words when one of them fails, or has
    /// ended with 0 and not done its work.
    UplinkCost measure(const Way& way);

    /// What the remote host notices when nothing is done.
    Noticed measure_rest();

    /// Of a start and a stop, by strace(1); not while time is measured.
    unsigned count_processes(const Way& way);

  private:
    Dom0 dom0_;
};

} // namespace vifplug::bench
