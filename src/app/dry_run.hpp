// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/backend_report.hpp"
#include "core/step.hpp"

#include <string>
#include <vector>

namespace vifplug {

// What --dry-run prints: one line a step, in the order they would be made.

std::vector<std::string> describe_all(const Plan& plan);
std::vector<std::string> describe_hooks(const std::vector<std::string>& hooks);
std::vector<std::string> describe_all(const std::vector<NodeChange>& changes);

/// To stdout.
void print_lines(const std::vector<std::string>& lines);

} // namespace vifplug
