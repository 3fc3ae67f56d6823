// SPDX-License-Identifier: LGPL-2.1-or-later
#include "uplink_figures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vifplug::bench {

namespace {

// The promises, in milliseconds.
constexpr double most_silence = 50;
constexpr double most_plain_start = 100;
constexpr double most_loaded_start = 500;

using Quantity = double (*)(const UplinkCost& cost);
using Is = bool (*)(const UplinkCost& cost);

struct Column {
    const char* title;
    Quantity of;
    Is is_whole; ///< what was silent or stood has come again, so that there is a figure
};

bool v4_came_back(const UplinkCost& cost) {
    return cost.start.v4.is_over && cost.stop.v4.is_over;
}

bool v6_came_back(const UplinkCost& cost) {
    return cost.start.v6.is_over && cost.stop.v6.is_over;
}

bool transfer_survived(const UplinkCost& cost) {
    return cost.start.transfer.is_over && cost.stop.transfer.is_over;
}

bool always(const UplinkCost& /*cost*/) {
    return true;
}

constexpr std::array columns{
    Column{"start", [](const UplinkCost& cost) { return cost.start_ms; }, always},
    Column{"stop", [](const UplinkCost& cost) { return cost.stop_ms; }, always},
    Column{"silence v4", silence_v4, v4_came_back},
    Column{"silence v6", silence_v6, v6_came_back},
    Column{"TCP stall", stall, transfer_survived},
    Column{"CPU", [](const UplinkCost& cost) { return cost.cpu_ms; }, always},
};

std::string number(double value, int decimals) {
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", decimals, value)));
    return text;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

template <class Of>
std::vector<double> values(const Measured& measured, Of of) {
    std::vector<double> all;
    for (const auto& cost : measured.costs)
        if (cost)
            all.push_back(of(*cost));
    return all;
}

bool in_all_rounds(const Measured& measured, Is is) {
    return std::all_of(measured.costs.begin(), measured.costs.end(),
                       [is](const auto& cost) { return !cost || is(*cost); });
}

double worst(const Measured& measured, Quantity of) {
    const auto all = values(measured, of);
    return *std::max_element(all.begin(), all.end());
}

std::string cell(const Measured& measured, const Column& column) {
    if (!in_all_rounds(measured, column.is_whole))
        return "lost";
    return number(median(values(measured, column.of)), 1) + " (" + number(worst(measured, column.of), 1) + ")";
}

/// The median of what the rounds with both say.
std::string ratio(const Measured& more, const Measured& less, const Column& column) {
    std::vector<double> all;
    for (std::size_t i = 0; i < more.costs.size(); ++i)
        if (more.costs[i] && less.costs[i])
            all.push_back(column.of(*more.costs[i]) / column.of(*less.costs[i]));
    const bool is_whole = in_all_rounds(more, column.is_whole) && in_all_rounds(less, column.is_whole);
    return all.empty() || !is_whole ? "-" : number(median(all), 1);
}

void print_line(const std::string& name, const std::vector<std::string>& cells) {
    std::printf("  %-22s", name.c_str());
    for (const std::string& cell : cells)
        std::printf("%18s", cell.c_str());
    std::printf("\n");
}

std::vector<std::string> cells_of(const Measured& measured) {
    std::vector<std::string> cells;
    for (const Column& column : columns)
        cells.push_back(cell(measured, column));
    cells.push_back(std::to_string(measured.processes));
    return cells;
}

std::vector<std::string> ratios_of(const Measured& more, const Measured& less) {
    std::vector<std::string> cells;
    for (const Column& column : columns)
        cells.push_back(ratio(more, less, column));
    cells.push_back(number(static_cast<double>(more.processes) / less.processes, 1));
    return cells;
}

std::string ms(double value) {
    return number(value, 1) + " ms";
}

Promise silence_promise(const Measured& measured) {
    const double longest = std::max(worst(measured, silence_v4), worst(measured, silence_v6));
    return {.text = measured.way.name + ": longest silence below 50 ms: " + ms(longest),
            .kept = longest < most_silence && in_all_rounds(measured, v4_came_back) &&
                    in_all_rounds(measured, v6_came_back)};
}

/// The median: somebody else's load lengthens a single call. Silence has the sender's own pauses to tell load by, and
/// its worst counts.
Promise start_promise(const Measured& measured) {
    const bool is_loaded = measured.way.load == Load::loaded;
    const double limit = is_loaded ? most_loaded_start : most_plain_start;
    const double usual = median(values(measured, [](const UplinkCost& cost) { return cost.start_ms; }));
    return {.text = measured.way.name + ": start below " + number(limit, 0) + " ms: " + ms(usual),
            .kept = usual < limit};
}

Promise nothing_different(const Measured& measured, const std::string& what, std::string UplinkCost::*difference) {
    std::string first;
    for (const auto& cost : measured.costs)
        if (cost && first.empty())
            first = (*cost).*difference;
    return {.text = measured.way.name + ": " + what + (first.empty() ? "" : "; not so:\n" + first),
            .kept = first.empty()};
}

} // namespace

void print(const std::vector<Measured>& all) {
    std::vector<std::string> titles;
    for (const Column& column : columns)
        titles.emplace_back(column.title);
    titles.emplace_back("processes");
    print_line("", titles);
    for (const Measured& measured : all)
        print_line(measured.way.name, cells_of(measured));
    for (const Measured& old : all)
        for (const Measured& ours : all)
            if (old.way.is_old && !ours.way.is_old && ours.way.load == old.way.load)
                print_line("old / " + ours.way.name, ratios_of(old, ours));
    std::printf("\n");
}

std::vector<Promise> promises(const std::vector<Measured>& all) {
    std::vector<Promise> made;
    for (const Measured& measured : all) {
        if (measured.way.is_old)
            continue;
        made.push_back(silence_promise(measured));
        made.push_back({.text = measured.way.name + ": the transfer survives",
                        .kept = in_all_rounds(measured, transfer_survived)});
        made.push_back(start_promise(measured));
        made.push_back(nothing_different(measured, "eth0 has all it had while started", &UplinkCost::lost_by_start));
        made.push_back(nothing_different(measured, "all is as before after stop", &UplinkCost::left_by_stop));
    }
    return made;
}

void print(const std::vector<Promise>& promises) {
    for (const Promise& promise : promises)
        std::printf("  %s  %s\n", promise.kept ? "PASS" : "FAIL", promise.text.c_str());
}

} // namespace vifplug::bench
