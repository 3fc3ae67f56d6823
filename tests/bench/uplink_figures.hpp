// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "table.hpp"
#include "uplink_bench.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug::bench {

/// A way and what it cost in each round. `costs[i]` of all ways are of the same round; absent where it had none.
struct Measured {
    Way way;
    unsigned processes = 0;
    std::vector<std::optional<UplinkCost>> costs = {};
};

void print(const std::vector<Measured>& all);

/// What the project promises of all ways but the old one.
std::vector<Promise> promises(const std::vector<Measured>& all);

void print(const std::vector<Promise>& promises);

} // namespace vifplug::bench
