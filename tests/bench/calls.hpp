// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace vifplug::bench {

/// What calls cost, with all the processes that they started and waited for.
struct Cost {
    double wall_ms = 0;
    double cpu_ms = 0; ///< user and system time

    Cost& operator+=(const Cost& other);
};

/// stdin, stdout and stderr are /dev/null for all calls alike. `environment` is all the program gets.
struct Call {
    std::vector<std::string> words; ///< the first is the program's path
    std::vector<std::string> environment;
};

/// Makes all calls at once and waits for all of them. Throws std::runtime_error when one did not exit with 0; no call
/// is left running then either.
Cost make_calls(const std::vector<Call>& calls);

} // namespace vifplug::bench
