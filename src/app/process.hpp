// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/hotplug_call.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// What every program does first: stdin, stdout and stderr are open, so that no other descriptor gets their numbers
/// (X6), and a closed pipe behind stderr does not end the process.
void settle_process();

/// argv without argv[0].
std::vector<std::string_view> words_of(int argc, char** argv);

/// The process's environment.
Environment process_environment();

/// Where locks and records are: VIFPLUG_RUNDIR, or /run/vifplug where that is unset or empty.
std::string run_directory(const Environment& environment);

/// The time a program gives itself: 25 s, well below libxl's 40 (X4), or VIFPLUG_TIMEOUT's whole seconds from 1 to 25.
/// Throws BadInput.
std::chrono::seconds patience(const Environment& environment);

} // namespace vifplug
