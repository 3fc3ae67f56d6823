// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vifplug::test {

/// Everything the kernel announced about a netdev while `work` ran, as ip-monitor(8) writes it, a line each.
std::vector<std::string> watch(const std::string& netdev, const std::function<void()>& work);

/// Whether one of these lines says that the netdev is set up, with or without a carrier.
bool is_up_in(const std::string& line);

} // namespace vifplug::test
