// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vifplugd-bench: what the command tests/bench/vifplugd runs, in a place made for it. `vifplugd --help` says what is
// measured, and against what.
#include "log_sink.hpp"
#include "stopwatch.hpp"
#include "vifplugd_figures.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
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
        return {.rounds = 3, .repairs = 2, .scripts = 5, .grown_to = std::min(few, vifs)};
    // The kernel takes four times as long for each of four times as many.
    return {.rounds = vifs > many ? 3u : 5u, .repairs = vifs > many ? 2u : 5u, .scripts = 50, .grown_to = vifs};
}

/// Each table appears when it is ready.
bool run(const Options& options) {
    LogSink log; // for the script
    ManyVifs vifs(options.vifs.back());
    std::printf("floor: the same requests by a bare C program.  script: %s, reckoned from some calls.\n"
                "The least of all rounds, of one vif and of drift of one the median: whatever else the machine does\n"
                "only ever makes it more.\n\n",
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

bool is_number(const std::string& word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::size_t parse_vifs(const std::string& word) {
    constexpr unsigned long fewest = 400; // four hundreds whose cost is counted
    constexpr unsigned long most = 32'000;
    const unsigned long number = word.size() > 5 ? 0 : std::stoul(word);
    if (number < fewest || number > most)
        throw std::invalid_argument("--vifs " + word + ": a number from 400 to 32000");
    return number;
}

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--vifs")
            while (i + 1 < argc && is_number(argv[i + 1]))
                options.vifs.push_back(parse_vifs(argv[++i]));
        else if (word == "--ours" && i + 1 < argc)
            options.daemons.ours = std::filesystem::absolute(argv[++i]);
        else if (word == "--quick")
            options.quick = true;
        else if (word == "--no-script")
            options.daemons.script = "";
        else if (word == "--check")
            options.check = true;
        else
            throw std::invalid_argument(word + ": no such option, or its value is missing; --help lists them");
    }
    if (options.vifs.empty())
        options.vifs = options.quick ? std::vector<std::size_t>{1000} : std::vector<std::size_t>{1000, 4000};
    std::sort(options.vifs.begin(), options.vifs.end());
    return options;
}

/// The kernel shows these numbers to the initial network namespace only, since they count for all of them.
bool is_initial_network_namespace() {
    return std::filesystem::exists("/proc/sys/net/core/netdev_max_backlog");
}

int guarded_main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    if (is_initial_network_namespace())
        throw std::runtime_error("not among the host's own network interfaces; use the command tests/bench/vifplugd");
    const Stopwatch watch;
    const bool kept = run(options);
    std::printf("took %.0f s\n", watch.ms() / 1000);
    return options.check && !kept ? 1 : 0;
}

} // namespace

} // namespace vifplug::bench

int main(int argc, char** argv) {
    try {
        return vifplug::bench::guarded_main(argc, argv);
    } catch (const std::exception& failure) {
        std::fflush(stdout);
        std::fprintf(stderr, "vifplugd-bench: %s\n", failure.what());
        return 2;
    }
}
