// SPDX-License-Identifier: LGPL-2.1-or-later
#include "table.hpp"

#include <algorithm>
#include <cstdio>

namespace vifplug::bench {

namespace {

std::string number(const std::optional<double>& value, int decimals) {
    if (!value)
        return "-";
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", decimals, *value)));
    return text;
}

std::string verdicts(const Row& row) {
    std::string text;
    for (const Promise& promise : row.promises)
        text += (text.empty() ? "" : "; ") + promise.text + ": " + (promise.kept ? "PASS" : "FAIL");
    return text;
}

struct Line {
    std::string quantity = "";
    std::string floor = "";
    std::string ours = "";
    std::string stock = "";
    std::string ours_to_floor = "";
    std::string stock_to_ours = "";
    std::string promised = "";
};

void print_line(const Line& line, int width) {
    std::printf("  %-*s%9s%12s%10s%12s%14s%s%s\n", width, line.quantity.c_str(), line.floor.c_str(), line.ours.c_str(),
                line.stock.c_str(), line.ours_to_floor.c_str(), line.stock_to_ours.c_str(),
                line.promised.empty() ? "" : "   ", line.promised.c_str());
}

void print_row(const Row& row, int width) {
    print_line({.quantity = row.quantity,
                .floor = number(row.floor, row.decimals),
                .ours = number(row.ours, row.decimals),
                .stock = number(row.stock, row.decimals),
                .ours_to_floor = number(row.ours_to_floor, 2),
                .stock_to_ours = number(row.stock_to_ours, 1),
                .promised = verdicts(row)},
               width);
}

/// Of the first column.
int width_of(const std::vector<Row>& rows) {
    std::size_t width = 18;
    for (const Row& row : rows)
        width = std::max(width, row.quantity.size() + 1);
    return static_cast<int>(width);
}

} // namespace

void print(const Table& table) {
    std::printf("%s\n\n", table.title.c_str());
    const int width = width_of(table.rows);
    print_line({.ours_to_floor = table.ours, .stock_to_ours = "script"}, width);
    print_line({.floor = "floor",
                .ours = table.ours,
                .stock = "script",
                .ours_to_floor = "/ floor",
                .stock_to_ours = "/ " + table.ours,
                .promised = "promised"},
               width);
    for (const Row& row : table.rows)
        print_row(row, width);
    std::printf("\n");
}

bool all_kept(const Table& table) {
    return std::all_of(table.rows.begin(), table.rows.end(), [](const Row& row) {
        return std::all_of(row.promises.begin(), row.promises.end(),
                           [](const Promise& promise) { return promise.kept; });
    });
}

} // namespace vifplug::bench
