// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vif-bridge-bench: what the command tests/bench/vif-bridge runs, in a place made for it. `vif-bridge --help` says what
// is measured, and against what.
#include "bench_main.hpp"
#include "figures.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>

namespace vifplug::bench {

namespace {

constexpr unsigned many = 30;

struct Options {
    unsigned rounds = 300;
    bool with_stock = true;
    bool check = false;
    std::string ours = VIFPLUG_BENCH_OURS;
};

/// Each table appears when it is ready.
bool run(const Options& options) {
    constexpr unsigned stock_every = 9;
    constexpr unsigned stock_every_of_many = 3;
    constexpr unsigned rounds_per_round_of_many = 15;
    constexpr unsigned fewest_of_many = 9; // three with the script: one alone says little on a busy machine
    const Programs programs{
        .floor = VIFPLUG_BENCH_FLOOR, .ours = options.ours, .stock = options.with_stock ? VIFPLUG_BENCH_STOCK : ""};
    Bench bench(many);
    std::printf("floor: the same requests by a bare C program.  script: %s.\n"
                "Medians; a ratio is the median of the ratios within each round.\n\n",
                VIFPLUG_BENCH_STOCK);
    const Table one = make_table(bench, programs, 1, {.all = options.rounds, .stock_every = stock_every});
    print(one);
    std::fflush(stdout);
    const unsigned rounds_of_many = std::max(options.rounds / rounds_per_round_of_many, fewest_of_many);
    const Table together =
        make_table(bench, programs, many, {.all = rounds_of_many, .stock_every = stock_every_of_many});
    print(together);
    return all_kept(one) && all_kept(together);
}

Options parse_options(int argc, char** argv) {
    constexpr unsigned quick_rounds = 45;
    Options options;
    CLI::App app;
    app.set_help_flag(); // the command has one
    app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 100'000));
    app.add_option("--ours", options.ours)->transform(absolute_path);
    app.add_flag("--check", options.check);
    const auto* quick = app.add_flag("--quick");
    const auto* without_script = app.add_flag("--no-script");
    app.parse(argc, argv);
    if (quick->count() > 0)
        options.rounds = quick_rounds;
    options.with_stock = without_script->count() == 0;
    return options;
}

int guarded_main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    require_namespace("tests/bench/vif-bridge");
    return run(options) || !options.check ? 0 : 1;
}

} // namespace

} // namespace vifplug::bench

int main(int argc, char** argv) {
    using namespace vifplug::bench;
    return guarded("vif-bridge-bench", [&] { return guarded_main(argc, argv); });
}
