// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vifplugd-bench: what the command tests/bench/vifplugd runs, in a place made for it. `vifplugd --help` says what is
// measured, and against what.
#include "bench_main.hpp"
#include "log_sink.hpp"
#include "stopwatch.hpp"
#include "vifplugd_figures.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace vifplug::bench {

namespace {

struct Options {
    Daemons daemons{.floor = VIFPLUG_BENCH_FLOOR, .ours = VIFPLUG_BENCH_OURS, .script = VIFPLUG_BENCH_STOCK};
    std::vector<std::size_t> vifs;
    bool quick = false;
    bool check = false;
};

bool show(const Table& table) {
    print(table);
    std::fflush(stdout);
    return all_kept(table);
}

Thoroughness thoroughness(const Options& options, std::size_t vifs) {
    constexpr std::size_t few = 500;
    constexpr std::size_t many = 2000;
    if (options.quick)
        return {.rounds = 9, .repairs = 3, .scripts = 5, .grown_to = std::min(few, vifs)};
    // The kernel takes four times as long for each of four times as many.
    return {.rounds = vifs > many ? 5u : 15u, .repairs = vifs > many ? 3u : 5u, .scripts = 50, .grown_to = vifs};
}

/// Each table appears when it is ready.
bool run(const Options& options) {
    LogSink log; // for the script
    ManyVifs vifs(options.vifs.back());
    std::printf(
        "floor: the same requests by a bare C program.  script: %s, reckoned from some calls.\n"
        "The least of all rounds, of one vif and of drift of one the median; ratios to the floor are medians of\n"
        "those of measures one after the other: whatever else the machine does then mostly meets both.\n\n",
        VIFPLUG_BENCH_STOCK);
    bool kept = true;
    for (const std::size_t count : options.vifs) {
        vifs.grow(count);
        if (count == options.vifs.front())
            kept = show(make_table_of_one(vifs, options.daemons)) && kept;
        kept = show(make_table_of_many(vifs, options.daemons, thoroughness(options, count))) && kept;
    }
    const Thoroughness how = thoroughness(options, vifs.size());
    return show(make_table_of_growth(vifs, options.daemons, how)) && kept;
}

Options parse_options(int argc, char** argv) {
    constexpr std::size_t fewest = 400; // four hundreds whose cost is counted
    constexpr std::size_t most = 32'000;
    Options options;
    CLI::App app;
    app.set_help_flag(); // the command has one
    app.add_option("--vifs", options.vifs)->check(CLI::Range(fewest, most));
    app.add_option("--ours", options.daemons.ours)->transform(absolute_path);
    app.add_flag("--quick", options.quick);
    app.add_flag("--check", options.check);
    const auto* without_script = app.add_flag("--no-script");
    app.parse(argc, argv);
    if (without_script->count() > 0)
        options.daemons.script = "";
    if (options.vifs.empty())
        options.vifs = options.quick ? std::vector<std::size_t>{1000} : std::vector<std::size_t>{1000, 4000};
    std::sort(options.vifs.begin(), options.vifs.end());
    return options;
}

int guarded_main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    require_namespace("tests/bench/vifplugd");
    const Stopwatch watch;
    const bool kept = run(options);
    std::printf("took %.0f s\n", watch.ms() / 1000);
    return kept || !options.check ? 0 : 1;
}

} // namespace

} // namespace vifplug::bench

int main(int argc, char** argv) {
    using namespace vifplug::bench;
    return guarded("vifplugd-bench", [&] { return guarded_main(argc, argv); });
}
