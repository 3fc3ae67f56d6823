// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vifplug::test {

/// Everything the kernel announced about a netdev while `work` ran, as ip-monitor(8) writes it, a line each.
std::vector<std::string> watch(const std::string& netdev, const std::function<void()>& work);

} // namespace vifplug::test
