// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

namespace vifplug {

/// The numbers of all processes. Throws Error.
std::vector<int> all_processes();

/// By the name that the kernel has for it: 15 bytes at the most.
bool is_called(int pid, std::string_view name);

/// True when it is in this network namespace. One that cannot be looked into is taken for a stranger.
bool is_in_our_network(int pid);

/// True when a process of that name runs in this network namespace.
bool runs_in_our_network(std::string_view name);

} // namespace vifplug
