// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench.hpp"

#include <algorithm>
#include <fstream>

namespace vifplug::bench {

namespace {

double read_memory_mb(const std::string& file) {
    constexpr double kib_per_mb = 1024;
    double kib = 0;
    std::ifstream(file) >> kib;
    return kib / kib_per_mb;
}

Round make_round(Bench& bench, const Programs& programs, unsigned count, bool ours_first, bool with_stock) {
    Round round;
    if (ours_first)
        round.ours = bench.online_and_offline(programs.ours, count);
    round.floor = bench.online_and_offline(programs.floor, count);
    if (!ours_first)
        round.ours = bench.online_and_offline(programs.ours, count);
    if (with_stock)
        round.stock = bench.online_and_offline(programs.stock, count);
    return round;
}

} // namespace

std::vector<Call> Bench::calls(const std::string& program, const std::string& verb, unsigned count) const {
    std::vector<Call> all;
    for (const Guest& guest : host_.guests().first(count))
        all.push_back(guest.call(program, verb));
    return all;
}

Cost Bench::online_and_offline(const std::string& program, unsigned count) {
    const auto guests = host_.guests().first(count);
    host_.reset(guests);
    Cost cost = make_calls(calls(program, "online", count));
    host_.check_online(guests);
    cost += make_calls(calls(program, "offline", count));
    host_.check_offline(guests);
    log_.forget();
    return cost;
}

/// online and offline, with each call inside a program that watches it and writes a file about it.
void Bench::watch(const std::string& program, unsigned count,
                  const std::function<Words(const Words& command, const std::string& file)>& watched,
                  const std::function<void(const std::string& file)>& read) {
    const auto file = [](std::size_t number) { return "/run/watched." + std::to_string(number); };
    host_.reset(host_.guests().first(count));
    for (const char* verb : {"online", "offline"}) {
        auto all = calls(program, verb, count);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].words = watched(all[i].words, file(i));
        (void)make_calls(all);
        for (std::size_t i = 0; i < all.size(); ++i)
            read(file(i));
    }
    log_.forget();
}

Trace Bench::trace(const std::string& program, unsigned count) {
    Trace sum;
    watch(program, count, traced, [&](const std::string& file) { sum += read_trace(file); });
    return sum;
}

double Bench::peak_memory_mb(const std::string& program, unsigned count) {
    double largest = 0;
    const auto watched = [](Words command, const std::string& file) {
        command.insert(command.begin(), {VIFPLUG_BENCH_PEAK_MEMORY, file});
        return command;
    };
    watch(program, count, watched, [&](const std::string& file) { largest = std::max(largest, read_memory_mb(file)); });
    return largest;
}

std::vector<Round> measure(Bench& bench, const Programs& programs, unsigned count, Rounds rounds) {
    constexpr unsigned warm_up = 3;
    for (unsigned i = 0; i < warm_up; ++i)
        (void)make_round(bench, programs, count, false, i == 0 && !programs.stock.empty());
    std::vector<Round> all;
    for (unsigned i = 0; i < rounds.all; ++i)
        all.push_back(
            make_round(bench, programs, count, i % 2 == 0, !programs.stock.empty() && i % rounds.stock_every == 0));
    return all;
}

} // namespace vifplug::bench
