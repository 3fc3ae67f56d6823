// SPDX-License-Identifier: LGPL-2.1-or-later
#include "figures.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

namespace vifplug::bench {

namespace {

constexpr unsigned calls_per_guest = 2; // online, offline

// The promises.
constexpr double most_of_floor = 1.4;
constexpr double least_wall_gain = 20;
constexpr double least_cpu_gain = 25;
constexpr double most_mb = 8;

std::optional<double> median(std::vector<double> values) {
    if (values.empty())
        return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The median over the rounds in which `figure` is to be had.
template <class Figure>
std::optional<double> median_of(const std::vector<Round>& rounds, Figure figure) {
    std::vector<double> values;
    for (const Round& round : rounds)
        if (const std::optional<double> value = figure(round))
            values.push_back(*value);
    return median(std::move(values));
}

using Part = double Cost::*; ///< wall time or CPU time

Row time_row(const std::string& quantity, const std::vector<Round>& rounds, Part part, double least_gain) {
    const auto of_stock = [part](const Round& r, double per) {
        return r.stock ? std::optional<double>((*r.stock).*part / per) : std::nullopt;
    };
    Row row{.quantity = quantity, .decimals = 2};
    row.floor = median_of(rounds, [part](const Round& r) { return std::optional(r.floor.*part); });
    row.ours = median_of(rounds, [part](const Round& r) { return std::optional(r.ours.*part); });
    row.stock = median_of(rounds, [&](const Round& r) { return of_stock(r, 1); });
    row.ours_to_floor =
        median_of(rounds, [part](const Round& r) { return std::optional(r.ours.*part / (r.floor.*part)); });
    row.stock_to_ours = median_of(rounds, [&](const Round& r) { return of_stock(r, r.ours.*part); });
    row.promises.push_back({.text = "at most 1.4 of the floor", .kept = row.ours_to_floor <= most_of_floor});
    if (row.stock_to_ours)
        row.promises.push_back({.text = "script at least " + std::to_string(static_cast<int>(least_gain)) + " times",
                                .kept = row.stock_to_ours >= least_gain});
    return row;
}

struct Counts {
    Trace floor;
    Trace ours;
    std::optional<Trace> stock;
};

Counts count(Bench& bench, const Programs& programs, unsigned guests) {
    Counts counts{.floor = bench.trace(programs.floor, guests),
                  .ours = bench.trace(programs.ours, guests),
                  .stock = std::nullopt};
    if (!programs.stock.empty())
        counts.stock = bench.trace(programs.stock, guests);
    return counts;
}

Row with_ratios(Row row) {
    row.ours_to_floor = *row.ours / *row.floor;
    if (row.stock)
        row.stock_to_ours = *row.stock / *row.ours;
    return row;
}

Row count_row(const std::string& quantity, const Counts& counts, unsigned Trace::*part) {
    Row row{.quantity = quantity, .floor = counts.floor.*part, .ours = counts.ours.*part};
    if (counts.stock)
        row.stock = (*counts.stock).*part;
    return with_ratios(row);
}

Row memory_row(Bench& bench, const Programs& programs, unsigned guests) {
    Row row{.quantity = "peak memory, MB", .decimals = 1};
    row.floor = bench.peak_memory_mb(programs.floor, guests);
    row.ours = bench.peak_memory_mb(programs.ours, guests);
    if (!programs.stock.empty())
        row.stock = bench.peak_memory_mb(programs.stock, guests);
    row.promises.push_back({.text = "below 8", .kept = *row.ours < most_mb});
    return with_ratios(row);
}

/// The floor is one only for as long as it asks what vif-bridge asks.
Promise asks_the_same(const std::string& text, const std::vector<std::string>& ours,
                      const std::vector<std::string>& floor) {
    const std::string apart = difference(ours, floor);
    if (!apart.empty())
        std::printf("tests/bench/floor.c is out of date:\n  %s\n\n", apart.c_str());
    return {.text = text, .kept = apart.empty()};
}

Row request_row(const std::string& quantity, std::size_t floor, std::size_t ours, const Promise& promise) {
    return with_ratios({.quantity = quantity,
                        .floor = static_cast<double>(floor),
                        .ours = static_cast<double>(ours),
                        .promises = {promise}});
}

std::vector<Row> count_rows(Bench& bench, const Programs& programs, unsigned guests) {
    const Counts counts = count(bench, programs, guests);
    Row processes = count_row("processes", counts, &Trace::processes);
    processes.promises.push_back({.text = "one a call", .kept = counts.ours.processes == guests * calls_per_guest});
    return {processes, count_row("execve calls", counts, &Trace::execs),
            count_row("system calls", counts, &Trace::system_calls), memory_row(bench, programs, guests)};
}

/// Of one guest: with many, a transaction that another one disturbed would be told again.
std::vector<Row> request_rows(Bench& bench, const Programs& programs) {
    const Requests ours = bench.trace(programs.ours, 1).requests;
    const Requests floor = bench.trace(programs.floor, 1).requests;
    return {request_row("netlink messages", floor.netlink.size(), ours.netlink.size(),
                        asks_the_same("the floor's own", ours.netlink, floor.netlink)),
            request_row("xenstore requests", floor.all_of_store, ours.all_of_store,
                        asks_the_same("the floor's, in a transaction", ours.store, floor.store))};
}

void append(std::vector<Row>& to, std::vector<Row> more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

} // namespace

Table make_table(Bench& bench, const Programs& programs, unsigned guests, Rounds rounds) {
    const auto measured = measure(bench, programs, guests, rounds);
    const std::string what = guests == 1
                                 ? "ONE INTERFACE: online, then offline"
                                 : std::to_string(guests) + " INTERFACES: online all at once, then offline all at once";
    Table table{.title = what + " (" + std::to_string(rounds.all) + " rounds)", .rows = {}};
    table.rows = {time_row("wall time, ms", measured, &Cost::wall_ms, least_wall_gain),
                  time_row("CPU time, ms", measured, &Cost::cpu_ms, least_cpu_gain)};
    append(table.rows, count_rows(bench, programs, guests));
    if (guests == 1)
        append(table.rows, request_rows(bench, programs));
    return table;
}

} // namespace vifplug::bench
