// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench_main.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>

namespace vifplug::bench {

int guarded(const std::string& program, const std::function<int()>& work) {
    try {
        return work();
    } catch (const std::exception& failure) {
        std::fflush(stdout);
        std::fprintf(stderr, "%s: %s\n", program.c_str(), failure.what());
        return 2;
    }
}

void require_namespace(const std::string& command) {
    // The kernel shows these numbers to the initial network namespace only, since they count for all of them.
    if (std::filesystem::exists("/proc/sys/net/core/netdev_max_backlog"))
        throw std::runtime_error("not among the host's own network interfaces; use the command " + command);
}

} // namespace vifplug::bench
