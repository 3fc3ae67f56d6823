// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace vifplug::bench {

/// What a call asked of the kernel and of xenstored, in its order.
struct Requests {
    std::vector<std::string> netlink; ///< as strace words them, without sequence and port numbers
    std::vector<std::string> store;   ///< type and text of each, transactions left out

    unsigned all_of_store = 0; ///< those of transactions as well
};

/// What strace saw of a call and all the processes it started.
struct Trace {
    unsigned processes = 0;
    unsigned execs = 0; ///< failed ones as well: a shell tries the directories of PATH in turn
    unsigned system_calls = 0;
    Requests requests; ///< of a program that makes them itself, in one process

    Trace& operator+=(const Trace& other);
};

/// The words that make strace write what read_trace() reads.
std::vector<std::string> traced(const std::vector<std::string>& command, const std::string& file);

Trace read_trace(const std::string& file);

/// Empty when both asked the same, else where they part first.
std::string difference(const std::vector<std::string>& ours, const std::vector<std::string>& floor);

} // namespace vifplug::bench
