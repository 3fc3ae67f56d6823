// SPDX-License-Identifier: LGPL-2.1-or-later
//
// network-bridge-bench: what the command tests/bench/network-bridge runs. Its --help says what is measured.
#include "bench_main.hpp"
#include "support/sandbox.hpp"
#include "uplink_figures.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace vifplug::bench {

namespace {

constexpr const char* program_name = "network-bridge-bench";

struct Options {
    unsigned rounds = 20;
    bool with_old = true;
    bool check = false;
    std::string program = VIFPLUG_BENCH_NETWORK_BRIDGE; // empty when it was not built
};

std::vector<Measured> ways(const Options& options) {
    std::vector<Measured> all;
    for (const Load load : {Load::plain, Load::loaded})
        for (const char* topology : {"veth", "bridge"})
            all.push_back({.way = {.name = std::string(topology) + (load == Load::plain ? ", plain" : ", loaded"),
                                   .program = options.program,
                                   .keys = {std::string("topology=") + topology},
                                   .load = load}});
    if (options.with_old)
        all.push_back(
            {.way = {.name = "old sequence, plain", .program = VIFPLUG_BENCH_OLD, .keys = {}, .is_old = true}});
    return all;
}

/// When the sender could not run, neither could much else, and what was measured says little: made again, but not for
/// ever, since it might be the program that stops the machine.
UplinkCost measure_undisturbed(UplinkBench& bench, const Way& way) {
    constexpr double longest_pause_ms = 10;
    constexpr int most_tries = 4;
    UplinkCost cost = bench.measure(way);
    for (int i = 1; i < most_tries && own_pause(cost) > longest_pause_ms; ++i)
        cost = bench.measure(way);
    return cost;
}

void make_round(UplinkBench& bench, std::vector<Measured>& all, unsigned number) {
    constexpr unsigned old_every = 3;
    for (Measured& each : all)
        if (each.way.is_old && number % old_every != 0)
            each.costs.emplace_back();
        else
            each.costs.emplace_back(measure_undisturbed(bench, each.way));
}

void print_own_pause(const std::vector<Measured>& all) {
    double longest = 0;
    for (const Measured& each : all)
        for (const auto& cost : each.costs)
            longest = std::max(longest, cost ? own_pause(*cost) : 0);
    std::printf("The sender's own longest pause: %.1f ms. No silence that is not longer says anything.\n\n", longest);
}

bool run(const Options& options) {
    UplinkBench bench;
    const Noticed rest = bench.measure_rest();
    std::printf("network-bridge start and stop, %u rounds. Milliseconds: the median, and the worst in parentheses.\n"
                "At rest: silence v4 %.1f, v6 %.1f, TCP stall %.1f.\n\n",
                options.rounds, rest.v4.longest_ms, rest.v6.longest_ms, rest.transfer.longest_ms);
    std::fflush(stdout);
    std::vector<Measured> all = ways(options);
    for (Measured& each : all)
        each.processes = bench.count_processes(each.way); // and whatever is slow the first time
    for (unsigned i = 0; i < options.rounds; ++i)
        make_round(bench, all, i);
    print(all);
    print_own_pause(all);
    const auto promised = promises(all);
    print(promised);
    return std::all_of(promised.begin(), promised.end(), [](const Promise& promise) { return promise.kept; });
}

Options parse_options(int argc, char** argv) {
    constexpr unsigned quick_rounds = 3;
    Options options;
    CLI::App app;
    app.set_help_flag(); // the command has one
    app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 10'000));
    app.add_option("--program", options.program)->transform(absolute_path);
    app.add_flag("--check", options.check);
    const auto* quick = app.add_flag("--quick");
    const auto* without_old = app.add_flag("--no-old");
    app.parse(argc, argv);
    if (quick->count() > 0)
        options.rounds = quick_rounds;
    options.with_old = without_old->count() == 0;
    if (options.program.empty())
        throw std::invalid_argument("there is no network-bridge in this build: name one with --program");
    return options;
}

int guarded_main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    return test::in_sandbox(
        [&options] { return guarded(program_name, [&options] { return run(options) || !options.check ? 0 : 1; }); });
}

} // namespace

} // namespace vifplug::bench

int main(int argc, char** argv) {
    using namespace vifplug::bench;
    return guarded(program_name, [&] { return guarded_main(argc, argv); });
}
