// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bench.hpp"
#include "table.hpp"

namespace vifplug::bench {

/// Measures and counts all there is to say about `guests` interfaces, and holds it against what the project promises.
Table make_table(Bench& bench, const Programs& programs, unsigned guests, Rounds rounds);

} // namespace vifplug::bench
