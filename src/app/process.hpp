// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/hotplug_call.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// What every program does first: stdin, stdout and stderr are open, so that no other descriptor gets their numbers
/// (X6), a closed pipe behind stderr does not end the process, and children have a status.
void settle_process();

/// argv without argv[0].
std::vector<std::string_view> words_of(int argc, char** argv);

/// The process's environment.
Environment process_environment();

/// Where locks and records are: VIFPLUG_RUNDIR, or /run/vifplug where that is unset or empty.
std::string run_directory(const Environment& environment);

/// The time a program gives itself, well below libxl's 40 s (X4).
inline constexpr std::chrono::seconds longest_patience{25};

struct Patience {
    std::chrono::seconds time;
    std::optional<std::string> complaint; ///< VIFPLUG_TIMEOUT cannot be used, and why; then the time is the longest
};

/// VIFPLUG_TIMEOUT's whole seconds from 1 to 25, else the longest.
Patience read_patience(const Environment& environment);

} // namespace vifplug
