// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vif-bridge-bench: what the command tests/bench/vif-bridge runs, in a place made for it. `vif-bridge --help` says what
// is measured, and against what.
#include "figures.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
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

unsigned parse_rounds(const char* text) {
    char* end = nullptr;
    const unsigned long rounds = std::strtoul(text, &end, 10);
    if (*end != '\0' || rounds < 1 || rounds > 100'000)
        throw std::invalid_argument(std::string("--rounds ") + text + ": a number from 1 to 100000");
    return static_cast<unsigned>(rounds);
}

Options parse_options(int argc, char** argv) {
    constexpr unsigned quick_rounds = 45;
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool has_value = i + 1 < argc;
        if (word == "--rounds" && has_value)
            options.rounds = parse_rounds(argv[++i]);
        else if (word == "--ours" && has_value)
            options.ours = std::filesystem::absolute(argv[++i]);
        else if (word == "--quick")
            options.rounds = quick_rounds;
        else if (word == "--no-script")
            options.with_stock = false;
        else if (word == "--check")
            options.check = true;
        else
            throw std::invalid_argument(word + ": no such option, or its value is missing; --help lists them");
    }
    return options;
}

/// The kernel shows these numbers to the initial network namespace only, since they count for all of them.
bool is_initial_network_namespace() {
    return std::filesystem::exists("/proc/sys/net/core/netdev_max_backlog");
}

int guarded_main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    if (is_initial_network_namespace())
        throw std::runtime_error("not among the host's own network interfaces; use the command tests/bench/vif-bridge");
    const bool kept = run(options);
    return options.check && !kept ? 1 : 0;
}

} // namespace

} // namespace vifplug::bench

int main(int argc, char** argv) {
    try {
        return vifplug::bench::guarded_main(argc, argv);
    } catch (const std::exception& failure) {
        std::fflush(stdout);
        std::fprintf(stderr, "vif-bridge-bench: %s\n", failure.what());
        return 2;
    }
}
