// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vifplugd_measures.hpp"

#include "instruction_counter.hpp"
#include "keeper_process.hpp"
#include "link_batch.hpp"
#include "stopwatch.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace vifplug::bench {

namespace {

constexpr const char* trace_file = "/run/bench-trace";
constexpr std::chrono::milliseconds quiet_again{3}; ///< until a daemon has heard of what it did itself
constexpr std::chrono::milliseconds settled{100};   ///< the same where nobody measures time

void pause(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

void require_connected(ManyVifs& vifs, std::size_t number) {
    if (vifs.store().read("/local/domain/0/" + vifs.guest(number).backend() + "/hotplug-status") != "connected")
        throw std::runtime_error(vifs.guest(number).vif() + " could not be put in place; see the daemon's log");
}

void place(ManyVifs& vifs, StatusWatch& watch, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
        vifs.ready(i);
        watch.await(1);
        require_connected(vifs, i);
    }
}

/// All at once.
void make_ready(ManyVifs& vifs, StatusWatch& watch) {
    for (std::size_t begin = 0; begin < vifs.size(); begin += ManyVifs::most_at_once) {
        vifs.ready(begin, std::min(vifs.size(), begin + ManyVifs::most_at_once));
        watch.hear();
    }
}

} // namespace

// --- time -----------------------------------------------------------------------------------------------------------

Times place_one_by_one(ManyVifs& vifs, const std::string& daemon, std::size_t count) {
    vifs.reset();
    const KeeperProcess keeper({daemon});
    StatusWatch watch(vifs.store());
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
        pause(quiet_again);
        const Stopwatch stopwatch;
        vifs.ready(i);
        watch.await(1);
        times.push_back(stopwatch.ms());
    }
    vifs.check_in_place(0, count);
    return times;
}

double place_all(ManyVifs& vifs, const std::string& daemon) {
    vifs.reset();
    const KeeperProcess keeper({daemon});
    StatusWatch watch(vifs.store());
    const Stopwatch stopwatch;
    make_ready(vifs, watch);
    watch.await(vifs.size());
    const double time = stopwatch.ms();
    vifs.check_in_place(0, vifs.size());
    return time;
}

double restart(const std::string& daemon) {
    return KeeperProcess({daemon}).start_ms();
}

Times call_script(ManyVifs& vifs, const std::string& script, std::size_t count, const std::string& daemon) {
    const std::size_t half = vifs.size() / 2;
    vifs.reset();
    {
        const KeeperProcess keeper({daemon});
        StatusWatch watch(vifs.store());
        vifs.ready(0, half);
        watch.await(half);
    }
    Times times;
    vifs.ready(half, half + count);
    for (std::size_t i = half; i < half + count; ++i)
        times.push_back(make_calls({vifs.guest(i).call(script, "online")}).wall_ms);
    vifs.check_in_place(half, half + count);
    return times;
}

double repair_all(ManyVifs& vifs, const std::string& daemon) {
    const KeeperProcess keeper({daemon});
    PortWatch watch;
    LinkBatch batch;
    for (const int port : vifs.ports())
        batch.set_master(port, 0);
    const Stopwatch stopwatch;
    batch.run();
    watch.await_return(vifs.ports());
    return stopwatch.ms();
}

Times repair_one_by_one(ManyVifs& vifs, const std::string& daemon, std::size_t count, const Damage& damage) {
    const KeeperProcess keeper({daemon});
    PortWatch watch;
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
        pause(quiet_again);
        const int port = vifs.ports().at(i);
        LinkBatch batch;
        damage(batch, port);
        const Stopwatch stopwatch;
        batch.run();
        watch.await_return({port});
        times.push_back(stopwatch.ms());
    }
    return times;
}

double repair_bridge(ManyVifs& vifs, const std::string& daemon) {
    const KeeperProcess keeper({daemon});
    PortWatch watch;
    vifs.remove_first_bridge();
    pause(settled);
    const Stopwatch stopwatch;
    vifs.make_first_bridge();
    watch.await_return(vifs.ports_of_first_bridge());
    return stopwatch.ms();
}

double take_off_and_put_back(ManyVifs& vifs) {
    const std::vector<int> ports = vifs.ports();
    const std::vector<int> bridges = vifs.bridges_of_ports();
    LinkBatch off;
    LinkBatch on;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        off.set_master(ports[i], 0);
        on.set_master(ports[i], bridges[i]);
    }
    const Stopwatch stopwatch;
    off.run();
    on.run();
    return stopwatch.ms();
}

// --- effort ---------------------------------------------------------------------------------------------------------

namespace {

/// After much was done to many ports the kernel tells of their carriers for minutes, a hundred in a second at the most,
/// and every daemon hears it. What a daemon does of its own accord is seen in a time in which the kernel told nothing.
template <class Measure>
auto while_the_kernel_is_silent(std::chrono::milliseconds time, Measure measure) {
    constexpr std::chrono::minutes patience{5};
    const auto end = std::chrono::steady_clock::now() + patience;
    LinkEar ear;
    for (;;) {
        (void)ear.has_heard();
        const auto measured = measure(time);
        if (!ear.has_heard())
            return measured;
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("the kernel does not stop to tell of netdevs");
    }
}

void await_quiet() {
    while_the_kernel_is_silent(std::chrono::milliseconds(1200), [](auto time) { return pause(time), true; });
}

} // namespace

Rest rest(const std::string& daemon) {
    const KeeperProcess keeper({daemon});
    await_quiet();
    return while_the_kernel_is_silent(std::chrono::seconds(3), [&](auto time) {
        const double cpu = keeper.cpu_ms();
        const auto switches = keeper.voluntary_switches();
        pause(time);
        return Rest{.memory_mb = keeper.memory_mb(),
                    .cpu_ms = keeper.cpu_ms() - cpu,
                    .switches = static_cast<double>(keeper.voluntary_switches() - switches)};
    });
}

double peak_memory_mb(ManyVifs& vifs, const std::string& daemon) {
    vifs.reset();
    const KeeperProcess keeper({daemon});
    StatusWatch watch(vifs.store());
    make_ready(vifs, watch);
    watch.await(vifs.size());
    PortWatch ports;
    LinkBatch batch;
    for (const int port : vifs.ports())
        batch.set_master(port, 0);
    batch.run();
    ports.await_return(vifs.ports());
    return keeper.peak_memory_mb();
}

namespace {

/// strace attached to a process.
class CallCounter {
  public:
    explicit CallCounter(pid_t pid) : strace_(fork()) {
        const std::string process = std::to_string(pid);
        if (strace_ == 0) {
            execl("/usr/bin/strace", "strace", "-q", "-f", "-c", "-o", trace_file, "-p", process.c_str(), nullptr);
            _exit(127);
        }
        while (tracer_of(process) != strace_ && waitpid(strace_, nullptr, WNOHANG) == 0)
            pause(std::chrono::milliseconds(1));
    }
    CallCounter(const CallCounter&) = delete;
    CallCounter& operator=(const CallCounter&) = delete;
    ~CallCounter() { end(); }

    double count() {
        end();
        std::ifstream lines(trace_file);
        for (std::string line; std::getline(lines, line);)
            if (line.ends_with(" total"))
                return fourth_word(line);
        throw std::runtime_error("strace counted nothing; may it trace here?");
    }

  private:
    static pid_t tracer_of(const std::string& process) {
        std::ifstream status("/proc/" + process + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("TracerPid:"))
                return std::stoi(line.substr(line.find('\t')));
        return 0;
    }

    static double fourth_word(const std::string& line) {
        std::istringstream words(line);
        std::string skipped;
        double number = 0;
        words >> skipped >> skipped >> skipped >> number;
        return number;
    }

    void end() {
        if (strace_ > 0) {
            kill(strace_, SIGINT);
            waitpid(strace_, nullptr, 0);
        }
        strace_ = -1;
    }

    pid_t strace_;
};

constexpr std::size_t window = 100;
constexpr std::chrono::milliseconds settled_when_watched{1000}; ///< which makes it many times slower

/// `of_next` places a hundred from the one given on, and says what they cost.
FirstAndLast first_and_last(ManyVifs& vifs, StatusWatch& watch, std::size_t count,
                            const std::function<double(std::size_t first)>& of_next) {
    FirstAndLast cost;
    cost.first = of_next(0) / window;
    place(vifs, watch, window, count - window);
    cost.last = of_next(count - window) / window;
    vifs.check_in_place(0, count);
    return cost;
}

} // namespace

FirstAndLast cpu_us(ManyVifs& vifs, const std::string& daemon, std::size_t count) {
    vifs.reset();
    const KeeperProcess keeper({daemon});
    StatusWatch watch(vifs.store());
    await_quiet();
    return first_and_last(vifs, watch, count, [&](std::size_t first) {
        pause(settled);
        const double before = keeper.cpu_ms();
        place(vifs, watch, first, first + window);
        pause(settled);
        return (keeper.cpu_ms() - before) * 1000;
    });
}

FirstAndLast system_calls(ManyVifs& vifs, const std::string& daemon, std::size_t count) {
    vifs.reset();
    const KeeperProcess keeper({daemon});
    StatusWatch watch(vifs.store());
    await_quiet();
    return first_and_last(vifs, watch, count, [&](std::size_t first) {
        CallCounter counter(keeper.pid());
        place(vifs, watch, first, first + window);
        pause(settled);
        return counter.count();
    });
}

FirstAndLast instructions(ManyVifs& vifs, const std::string& daemon, std::size_t count) {
    vifs.reset();
    const KeeperProcess keeper(InstructionCounter::words(daemon));
    StatusWatch watch(vifs.store());
    await_quiet();
    InstructionCounter counter(keeper.pid());
    return first_and_last(vifs, watch, count, [&](std::size_t first) {
        pause(settled_when_watched);
        (void)counter.since_last();
        place(vifs, watch, first, first + window);
        pause(settled_when_watched);
        return counter.since_last();
    });
}

// --- requests -------------------------------------------------------------------------------------------------------

namespace {

std::vector<std::string> since_last(const std::vector<std::string>& all, const std::string& text) {
    const auto has_it = [&](const std::string& each) { return each.find(text) != std::string::npos; };
    const auto last = std::find_if(all.rbegin(), all.rend(), has_it);
    return last == all.rend() ? std::vector<std::string>() : std::vector<std::string>(last.base() - 1, all.end());
}

/// strace without those calls that ask nobody anything: it would take many times longer.
std::vector<std::string> traced_requests(const std::string& daemon) {
    std::vector<std::string> words = traced({daemon}, trace_file);
    const std::vector<std::string> filter{"--seccomp-bpf", "-e", "trace=connect,write,sendmsg"};
    words.insert(words.begin() + 1, filter.begin(), filter.end());
    return words;
}

} // namespace

/// The start is cut off. If more was asked than to place the vif, that begins with the state once more, and what is
/// left is then too little.
Requests requests_for_one(ManyVifs& vifs, const std::string& daemon) {
    vifs.reset();
    {
        const KeeperProcess keeper(traced_requests(daemon));
        StatusWatch watch(vifs.store());
        vifs.ready(0);
        watch.await(1);
        pause(settled);
    }
    Requests requests = read_trace(trace_file).requests;
    requests.netlink = since_last(requests.netlink, "IFLA_IFNAME}, \"" + vifs.guest(0).vif() + '"');
    requests.store = since_last(requests.store, "read " + vifs.guest(0).backend() + "/state");
    return requests;
}

Requests requests_for_restart(const std::string& daemon) {
    { const KeeperProcess keeper(traced_requests(daemon)); }
    return read_trace(trace_file).requests;
}

} // namespace vifplug::bench
