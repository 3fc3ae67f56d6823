// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vifplug::bench {

struct Promise {
    std::string text; ///< "at most 1.4 times the floor"
    bool kept = false;
};

/// One quantity, as each of the three programs has it. What was not measured is absent, and printed as "-".
struct Row {
    std::string quantity;
    int decimals = 0;
    std::optional<double> floor = std::nullopt;
    std::optional<double> ours = std::nullopt;
    std::optional<double> stock = std::nullopt;
    std::optional<double> ours_to_floor = std::nullopt;
    std::optional<double> stock_to_ours = std::nullopt;
    std::vector<Promise> promises = {};
};

struct Table {
    std::string title;
    std::vector<Row> rows;
    std::string ours = "vif-bridge"; ///< the program's name
};

void print(const Table& table);

bool all_kept(const Table& table);

} // namespace vifplug::bench
