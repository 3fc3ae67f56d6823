// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/hotplug_main.hpp"

#include "app/bring_up.hpp"
#include "app/failure_report.hpp"
#include "app/process.hpp"
#include "app/take_down.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "system/config_file.hpp"
#include "system/hooks.hpp"
#include "system/netlink_links.hpp"
#include "system/paths.hpp"
#include "system/uplink_journal.hpp"
#include "system/xenstore.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>

namespace vifplug {

namespace {

constexpr int failure_status = 1;
constexpr std::chrono::seconds time_to_report{3};

int status_of(const std::exception& failure) {
    const auto* hook = dynamic_cast<const HookFailed*>(&failure);
    return hook == nullptr ? failure_status : hook->status();
}

/// On the connection that is there, else on a new one: the deadline may have cut it.
void write_failure(const HotplugCall& call, const std::string& reason, Store& store, Deadline& deadline,
                   EventLog& log) {
    try {
        deadline.restart(time_to_report);
        write_failure_report(store, call, reason);
    } catch (const Error&) {
        try {
            Xenstore again(deadline);
            write_failure_report(again, call, reason);
        } catch (const Error& error) {
            log.error(subject_of(call) + ": " + error.what());
        }
    }
}

/// udev's call while libxl runs the scripts itself (X7).
bool steps_back(const HotplugCall& call, Store& store) {
    return call.from_udev && store.read("libxl/disable_udev");
}

/// For taking a port down while xenstored cannot be had: the kernel and our own record still say which netdev it is.
class NoStore final : public Store {
  public:
    std::optional<std::string> read(const std::string&) override { return std::nullopt; }
    std::optional<std::vector<std::string>> list(const std::string&) override { return std::nullopt; }
    Changed change_below(const std::string&, const std::vector<NodeChange>&, const std::vector<NodeValue>&) override {
        return {};
    }
};

void work(const HotplugCall& call, Store& store, Deadline& deadline, const Environment& environment, EventLog& log) {
    if (steps_back(call, store))
        return;
    NetlinkLinks links;
    const std::string directory = run_directory(environment);
    const RunDirectory run(directory);
    const VlanRecords vlan_records(directory);
    const std::function<KnownUplinks()> known_uplinks = [&] {
        return KnownUplinks{UplinkJournal(directory).records(), read_configuration(config_path(environment))};
    };
    const Machine machine{links, store, run, deadline, log, vlan_records, known_uplinks};
    if (goes_up(call.verb))
        bring_up(call, machine);
    else
        take_down(call, machine);
}

int bring_up_or_report(const HotplugCall& call, const Environment& environment, EventLog& log) {
    Deadline deadline(longest_patience);
    const Patience patience = read_patience(environment);
    deadline.restart(patience.time);
    Xenstore store(deadline);
    try {
        if (patience.complaint)
            throw BadInput(*patience.complaint);
        work(call, store, deadline, environment, log);
        return 0;
    } catch (const std::exception& failure) {
        const std::string reason = subject_of(call) + ": " + failure.what();
        log.error(reason);
        if (!call.dry_run)
            write_failure(call, reason, store, deadline, log);
        return status_of(failure);
    }
}

int take_down_or_say(const HotplugCall& call, const Environment& environment, EventLog& log) {
    Deadline deadline(longest_patience);
    const Patience patience = read_patience(environment);
    deadline.restart(patience.time);
    if (patience.complaint)
        log.warning(subject_of(call) + ": " + *patience.complaint + ", continuing");
    std::optional<Xenstore> store;
    try {
        store.emplace(deadline);
    } catch (const Error& error) {
        log.error(subject_of(call) + ": " + error.what());
        NoStore none;
        work(call, none, deadline, environment, log);
        return failure_status;
    }
    work(call, *store, deadline, environment, log);
    return 0;
}

/// The status of a call, whatever happens in it.
int serve(std::span<const std::string_view> words, EventLog& log) {
    try {
        const Environment environment = process_environment();
        const auto call = parse_hotplug_call(words, environment);
        if (!call)
            return 0;
        return goes_up(call->verb) ? bring_up_or_report(*call, environment, log)
                                   : take_down_or_say(*call, environment, log);
    } catch (const std::exception& failure) {
        log.error(failure.what());
        return failure_status;
    }
}

bool asks_for(std::span<const std::string_view> words, std::string_view option) {
    return std::find(words.begin(), words.end(), option) != words.end();
}

} // namespace

int hotplug_main(int argc, char** argv, const HotplugProgram& program) {
    settle_process();
    const auto words = words_of(argc, argv);
    if (asks_for(words, "--help"))
        return std::fputs(program.help.c_str(), stdout) < 0 ? failure_status : 0;
    if (asks_for(words, "--version"))
        return std::printf("%s (vifplug) %s\n", program.name.c_str(), vifplug_version) < 0 ? failure_status : 0;

    EventLog log(program.name);
    const int status = serve(words, log);
    log.write();
    return status;
}

int report_failed_call(std::span<const std::string_view> words, const HotplugProgram& program,
                       const std::exception& failure) {
    settle_process();
    EventLog log(program.name);
    log.error(failure.what());
    try {
        const Environment environment = process_environment();
        const auto call = parse_hotplug_call(words, environment);
        if (call && goes_up(call->verb) && !call->dry_run) {
            Deadline deadline(time_to_report);
            Xenstore store(deadline);
            write_failure(*call, subject_of(*call) + ": " + failure.what(), store, deadline, log);
        }
    } catch (const std::exception& also) {
        log.error(also.what());
    }
    log.write();
    return failure_status;
}

} // namespace vifplug
