// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>

namespace vifplug::test {

/// Waits until it is so; false if that takes longer than the patience, which is for machines that are slow and no
/// promise of anybody's.
bool eventually(const std::function<bool()>& is_so, std::chrono::seconds patience = std::chrono::seconds(60));

} // namespace vifplug::test
