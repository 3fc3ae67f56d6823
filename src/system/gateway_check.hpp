// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "core/link.hpp"

#include <chrono>
#include <vector>

namespace vifplug {

/// Asks each gateway for its MAC address, from this netdev, and gives those that answered within `patience`. What was
/// known of it before is not believed: a neighbour that is gone keeps its entry for long. Throws Error.
std::vector<Gateway> gateways_that_answer(const std::vector<Gateway>& gateways, IfIndex netdev,
                                          std::chrono::milliseconds patience);

} // namespace vifplug
