// SPDX-License-Identifier: LGPL-2.1-or-later
#include "uplink_bench.hpp"

#include "support/command.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

namespace vifplug::bench {

namespace {

using namespace std::chrono_literals;

constexpr const char* records = "/run/vifplug";
constexpr auto warm_up = 150ms; ///< addresses of neighbours are known, and TCP has found its pace
constexpr auto patience = 3s;   ///< TCP asks again after 0.2 s, 0.6 s, 1.4 s and so on

double in_ms(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

double cpu_of_children_ms() {
    rusage used{};
    (void)getrusage(RUSAGE_CHILDREN, &used);
    return in_ms(used.ru_utime) + in_ms(used.ru_stime);
}

/// This is the first process of its namespace, so whoever lost a parent is a child of it now.
void reap_strays() {
    while (waitpid(-1, nullptr, WNOHANG) > 0)
        ;
}

test::Words command(const Way& way, const std::string& verb) {
    test::Words words{way.program, verb, "netdev=eth0"};
    words.insert(words.end(), way.keys.begin(), way.keys.end());
    return words;
}

void run(const Way& way, const test::Words& words) {
    const test::Variables environment{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                      {"LANG", "C.UTF-8"},
                                      {"VIFPLUG_RUNDIR", records}};
    const test::Result result = test::run(words, environment);
    if (result.status == 0)
        return;
    std::string line;
    for (const std::string& word : words)
        line += word + " ";
    throw std::runtime_error(way.name + ": nothing to measure, since " + line + "ended with " +
                             std::to_string(result.status) + ":\n" + result.err);
}

struct CallCost {
    double wall_ms = 0;
    double cpu_ms = 0;
};

CallCost call(const Way& way, const std::string& verb) {
    const test::Words words = command(way, verb);
    const double cpu_before = cpu_of_children_ms();
    const auto before = std::chrono::steady_clock::now();
    run(way, words);
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - before;
    reap_strays();
    return {.wall_ms = wall.count(), .cpu_ms = cpu_of_children_ms() - cpu_before};
}

} // namespace

double silence_v4(const UplinkCost& cost) {
    return std::max(cost.start.v4.longest_ms, cost.stop.v4.longest_ms);
}

double silence_v6(const UplinkCost& cost) {
    return std::max(cost.start.v6.longest_ms, cost.stop.v6.longest_ms);
}

double stall(const UplinkCost& cost) {
    return std::max(cost.start.transfer.longest_ms, cost.stop.transfer.longest_ms);
}

double own_pause(const UplinkCost& cost) {
    return std::max(cost.start.own_pause.longest_ms, cost.stop.own_pause.longest_ms);
}

UplinkBench::UplinkBench() : dom0_(records) {}

UplinkCost UplinkBench::measure(const Way& way) {
    dom0_.make(way.load);
    UplinkCost cost;
    RemoteHost remote;
    std::this_thread::sleep_for(warm_up);
    const Lines before = dom0_.state();
    const Lines carried = dom0_.carried();

    remote.begin();
    const CallCost start = call(way, "start");
    cost.start = remote.end(patience, !way.is_old);
    if (!dom0_.is_started())
        throw std::runtime_error(way.name + ": start ended with 0, and eth0 and peth0 are not what they should be");
    if (!way.is_old)
        cost.lost_by_start = difference_from(carried, [this] { return dom0_.carried(); });

    remote.begin();
    const CallCost stop = call(way, "stop");
    cost.stop = remote.end(patience, !way.is_old);
    if (!way.is_old)
        cost.left_by_stop = difference_from(before, [this] { return dom0_.state(); });

    cost.start_ms = start.wall_ms;
    cost.stop_ms = stop.wall_ms;
    cost.cpu_ms = start.cpu_ms + stop.cpu_ms;
    return cost;
}

Noticed UplinkBench::measure_rest() {
    dom0_.make(Load::plain);
    RemoteHost remote;
    std::this_thread::sleep_for(warm_up);
    remote.begin();
    return remote.end(patience, true);
}

unsigned UplinkBench::count_processes(const Way& way) {
    constexpr const char* file = "/run/processes";
    dom0_.make(way.load);
    unsigned processes = 0;
    for (const char* verb : {"start", "stop"}) {
        test::Words words{"/usr/bin/strace", "-f", "-e", "trace=none", "-o", file};
        const test::Words traced = command(way, verb);
        words.insert(words.end(), traced.begin(), traced.end());
        run(way, words);
        std::ifstream lines(file);
        for (std::string line; std::getline(lines, line);)
            if (line.find("+++ exited") != std::string::npos || line.find("+++ killed") != std::string::npos)
                ++processes;
    }
    reap_strays();
    return processes;
}

} // namespace vifplug::bench
