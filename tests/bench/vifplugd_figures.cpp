// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vifplugd_figures.hpp"

#include "vifplugd_measures.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>

namespace vifplug::bench {

namespace {

constexpr const char* name = "vifplugd";

// The promises.
constexpr double most_of_floor_for_one = 2;
constexpr double most_of_floor = 1.5;
constexpr double least_gain = 50;
constexpr double longest_repair_ms = 100;
constexpr double most_mb = 30;
constexpr double most_growth = 1.5;

double at(Times times, double part) {
    std::sort(times.begin(), times.end());
    return times.at(static_cast<std::size_t>(part * static_cast<double>(times.size() - 1)));
}

double median(const Times& times) {
    return at(times, 0.5);
}

/// Floor and ours in turns, so that whatever else the machine does meets both.
struct Both {
    Times floor;
    Times ours;
};

using Measure = std::function<Times(const std::string& daemon)>;

Both in_turns(const Daemons& daemons, unsigned rounds, const Measure& measure) {
    Both both;
    const auto append = [&](Times& to, const std::string& daemon) {
        const Times more = measure(daemon);
        to.insert(to.end(), more.begin(), more.end());
    };
    for (unsigned i = 0; i < rounds; ++i) {
        if (i % 2 == 0)
            append(both.ours, daemons.ours);
        append(both.floor, daemons.floor);
        if (i % 2 != 0)
            append(both.ours, daemons.ours);
    }
    return both;
}

double least(const Times& times) {
    return at(times, 0);
}

/// Of measures with one time each: the median of the ratios of those that were taken one after the other. What a busy
/// machine adds lasts longer than they do, so it meets both of them, or neither; the least of each may be from
/// different times.
double ratio_of_neighbours(const Both& both) {
    Times ratios;
    for (std::size_t i = 0; i < both.ours.size(); ++i)
        ratios.push_back(both.ours.at(i) / both.floor.at(i));
    return median(ratios);
}

Row time_row(const std::string& quantity, const Both& both) {
    return {.quantity = quantity,
            .decimals = 1,
            .floor = least(both.floor),
            .ours = least(both.ours),
            .ours_to_floor = ratio_of_neighbours(both)};
}

Promise at_most(double most, double value, const std::string& what) {
    char text[64];
    std::snprintf(text, sizeof text, "at most %.*f%s", most < 2 ? 1 : 0, most, what.c_str());
    return {.text = text, .kept = value <= most};
}

/// The floor is one only for as long as it asks what vifplugd asks.
Row request_row(const std::string& quantity, const std::vector<std::string>& ours,
                const std::vector<std::string>& floor) {
    const std::string apart = difference(ours, floor);
    if (!apart.empty())
        std::printf("tests/bench/vifplugd_floor.c is out of date:\n  %s\n\n", apart.c_str());
    return {.quantity = quantity,
            .floor = static_cast<double>(floor.size()),
            .ours = static_cast<double>(ours.size()),
            .promises = {{.text = "the floor's own", .kept = apart.empty() && !ours.empty()}}};
}

} // namespace

// --- one ------------------------------------------------------------------------------------------------------------

namespace {

std::vector<Row> rows_of_one(ManyVifs& vifs, const Daemons& daemons) {
    constexpr unsigned rounds = 4;
    constexpr std::size_t each = 50;
    const Both both = in_turns(daemons, rounds, [&](const std::string& daemon) {
        return place_one_by_one(vifs, daemon, std::min(each, vifs.size()));
    });
    Row half{.quantity = "one vif, p50, ms", .decimals = 2, .floor = median(both.floor), .ours = median(both.ours)};
    Row most{.quantity = "one vif, p99, ms", .decimals = 2, .floor = at(both.floor, 0.99), .ours = at(both.ours, 0.99)};
    half.ours_to_floor = *half.ours / *half.floor;
    most.ours_to_floor = *most.ours / *most.floor;
    half.promises.push_back(at_most(most_of_floor_for_one, *half.ours_to_floor, " of the floor"));
    return {half, most};
}

} // namespace

Table make_table_of_one(ManyVifs& vifs, const Daemons& daemons) {
    const Requests ours = requests_for_one(vifs, daemons.ours);
    const Requests floor = requests_for_one(vifs, daemons.floor);
    Table table{.title = "ONE VIF after the other, " + std::to_string(vifs.size()) + " in xenstore",
                .rows = rows_of_one(vifs, daemons),
                .ours = name};
    table.rows.push_back(request_row("netlink messages", ours.netlink, floor.netlink));
    table.rows.push_back(request_row("xenstore requests", ours.store, floor.store));
    return table;
}

// --- many -----------------------------------------------------------------------------------------------------------

namespace {

Row storm_row(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how) {
    const Both both =
        in_turns(daemons, how.rounds, [&](const std::string& daemon) { return Times{place_all(vifs, daemon)}; });
    Row row = time_row("storm, ms", both);
    row.promises.push_back(at_most(most_of_floor, *row.ours_to_floor, " of the floor"));
    if (daemons.script.empty())
        return row;
    row.stock = least(call_script(vifs, daemons.script, how.scripts, daemons.floor)) * static_cast<double>(vifs.size());
    row.stock_to_ours = *row.stock / *row.ours;
    row.promises.push_back({.text = "script at least 50 times", .kept = row.stock_to_ours >= least_gain});
    return row;
}

std::vector<Row> restart_rows(ManyVifs& vifs, const Daemons& daemons) {
    constexpr unsigned restarts = 15; // they take little time
    const auto number = static_cast<double>(vifs.size());
    (void)place_all(vifs, daemons.floor);
    const Both both = in_turns(daemons, restarts, [&](const std::string& daemon) { return Times{restart(daemon)}; });
    Row time = time_row("restart, ms", both);
    time.promises.push_back(at_most(most_of_floor, *time.ours_to_floor, " of the floor"));
    Row requests{.quantity = "- store requests a vif", .decimals = 2};
    requests.floor = requests_for_restart(daemons.floor).all_of_store / number;
    requests.ours = requests_for_restart(daemons.ours).all_of_store / number;
    return {time, requests};
}

/// The worst of a hundred.
Row drift_row(const std::string& quantity, const Times& times) {
    Row row{.quantity = quantity, .decimals = 2, .ours = at(times, 0.99)};
    row.promises.push_back(at_most(longest_repair_ms, *row.ours, ""));
    return row;
}

std::vector<Row> drift_rows(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how) {
    const auto repair = [&](const Damage& damage) {
        constexpr std::size_t ports = 200;
        return repair_one_by_one(vifs, daemons.ours, std::min(ports, vifs.size()), damage);
    };
    const Times taken_off = repair([](LinkBatch& batch, int port) { batch.set_master(port, 0); });
    const Times set_down = repair([](LinkBatch& batch, int port) { batch.set_down(port); });
    const Times shrunk = repair([](LinkBatch& batch, int port) { batch.set_mtu(port, 1400); });
    const Row bridge{.quantity =
                         "a bridge made again, " + std::to_string(vifs.ports_of_first_bridge().size()) + " ports",
                     .decimals = 1,
                     .ours = repair_bridge(vifs, daemons.ours)};
    Both all;
    for (unsigned i = 0; i < how.repairs; ++i) {
        all.ours.push_back(repair_all(vifs, daemons.ours));
        all.floor.push_back(take_off_and_put_back(vifs));
    }
    return {{.quantity = "drift of one, p50, ms", .decimals = 2, .ours = median(taken_off)},
            drift_row("drift of one, p99, ms", taken_off),
            drift_row("- set down, p99, ms", set_down),
            drift_row("- another MTU, p99, ms", shrunk),
            bridge,
            time_row("drift of all, ms", all)};
}

std::vector<Row> rest_rows(ManyVifs& vifs, const Daemons& daemons) {
    const Rest ours = rest(daemons.ours);
    Row memory{.quantity = "memory, MB", .decimals = 1, .ours = ours.memory_mb};
    Row peak{.quantity = "- at the most", .decimals = 1, .ours = peak_memory_mb(vifs, daemons.ours)};
    Row cpu{.quantity = "idle, CPU in 3 s, ms", .decimals = 2, .ours = ours.cpu_ms};
    Row switches{.quantity = "- times woken", .ours = ours.switches};
    peak.promises.push_back({.text = "below 30", .kept = *peak.ours < most_mb});
    cpu.promises.push_back({.text = "none", .kept = *cpu.ours == 0});
    switches.promises.push_back({.text = "none", .kept = *switches.ours == 0});
    return {memory, peak, cpu, switches};
}

void append(std::vector<Row>& to, const std::vector<Row>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

} // namespace

Table make_table_of_many(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how) {
    Table table{.title = std::to_string(vifs.size()) + " VIFS (" + std::to_string(how.rounds) + " rounds)",
                .rows = {storm_row(vifs, daemons, how)},
                .ours = name};
    append(table.rows, restart_rows(vifs, daemons));
    append(table.rows, drift_rows(vifs, daemons, how));
    append(table.rows, rest_rows(vifs, daemons));
    return table;
}

// --- growth ---------------------------------------------------------------------------------------------------------

namespace {

/// Of each the least of several rounds.
FirstAndLast least_cpu_us(ManyVifs& vifs, const std::string& daemon, std::size_t count) {
    constexpr unsigned more_rounds = 4;
    FirstAndLast least = cpu_us(vifs, daemon, count);
    for (unsigned i = 0; i < more_rounds; ++i) {
        const FirstAndLast another = cpu_us(vifs, daemon, count);
        least = {.first = std::min(least.first, another.first), .last = std::min(least.last, another.last)};
    }
    return least;
}

} // namespace

Table make_table_of_growth(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how) {
    const FirstAndLast cpu_of_ours = least_cpu_us(vifs, daemons.ours, how.grown_to);
    const FirstAndLast cpu_of_floor = least_cpu_us(vifs, daemons.floor, how.grown_to);
    const FirstAndLast calls_of_ours = system_calls(vifs, daemons.ours, how.grown_to);
    const FirstAndLast calls_of_floor = system_calls(vifs, daemons.floor, how.grown_to);
    const auto row = [](const std::string& quantity, double of_floor, double of_ours) {
        return Row{.quantity = quantity, .floor = of_floor, .ours = of_ours, .ours_to_floor = of_ours / of_floor};
    };
    Row cpu = row("last 100: CPU, us a vif", cpu_of_floor.last, cpu_of_ours.last);
    const FirstAndLast own = instructions(vifs, daemons.ours, how.grown_to);
    Row work{.quantity = "- instructions of its own a vif", .ours = own.last};
    Row calls = row("- system calls a vif", calls_of_floor.last, calls_of_ours.last);
    cpu.promises.push_back(at_most(most_growth, cpu_of_ours.last / cpu_of_ours.first, " of the first"));
    work.promises.push_back(at_most(most_growth, own.last / own.first, " of the first"));
    calls.promises.push_back(at_most(most_growth, calls_of_ours.last / calls_of_ours.first, " of the first"));
    return {.title = "COST OF A VIF, the first and the last 100 of " + std::to_string(how.grown_to),
            .rows = {row("first 100: CPU, us a vif", cpu_of_floor.first, cpu_of_ours.first),
                     {.quantity = "- instructions of its own a vif", .ours = own.first},
                     row("- system calls a vif", calls_of_floor.first, calls_of_ours.first),
                     cpu,
                     work,
                     calls},
            .ours = name};
}

} // namespace vifplug::bench
