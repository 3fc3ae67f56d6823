// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_main.hpp"

#include "app/dry_run.hpp"
#include "app/guests_vlans.hpp"
#include "app/process.hpp"
#include "app/uplink_desk.hpp"
#include "app/uplink_obstacles.hpp"
#include "app/uplink_preview.hpp"
#include "app/uplink_status.hpp"
#include "app/uplink_transaction.hpp"
#include "app/uplink_vlans.hpp"
#include "app/worker.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/uplink_choice.hpp"
#include "system/deadline.hpp"
#include "system/netlink_host_network.hpp"
#include "system/paths.hpp"
#include "system/run_directory.hpp"

#include <algorithm>
#include <cstdio>

namespace vifplug {

namespace {

constexpr int failure_status = 1;
constexpr std::chrono::seconds time_for_the_lock{120};
constexpr std::chrono::seconds time_for_work{60};

/// Two calls at once: the second waits here, and then sees what the first has done.
std::unique_ptr<PortLock> lock(const UplinkJournal& journal) {
    journal.make_directory();
    const Deadline deadline(time_for_the_lock);
    return std::make_unique<PortLock>(journal.lock_path());
}

/// What `work` does goes on without us, and is taken back without it.
int work_in_child(const std::string& run, const std::string& program, EventLog& log, std::chrono::seconds verify,
                  const std::function<void(UplinkTransaction&)>& work) {
    log.write();
    const WorkerEnd end = run_worker(
        [&] {
            EventLog its_log(program);
            int status = 0;
            try {
                NetlinkHostNetwork network;
                UplinkJournal journal(run);
                UplinkTransaction transaction(network, journal, its_log);
                work(transaction);
            } catch (const std::exception& failure) {
                its_log.error(failure.what());
                status = failure_status;
            }
            its_log.write();
            return status;
        },
        time_for_work + 2 * verify);
    if (end.by_itself)
        return end.status;
    NetlinkHostNetwork network;
    UplinkJournal journal(run);
    log.error("the process that did the work was ended by signal " + std::to_string(end.status));
    finish_unfinished({network, journal, log});
    return failure_status;
}

/// Takes everything back when the time has come and nobody has confirmed.
void guard(const std::string& run, const std::string& program, std::uint64_t confirm_by) {
    const auto is_awaited = [](const UplinkJournal& journal) {
        const auto records = journal.records();
        return std::any_of(records.begin(), records.end(),
                           [](const UplinkRecord& record) { return record.confirm_by.has_value(); }) ||
               journal.unfinished().has_value();
    };
    EventLog log(program);
    try {
        UplinkJournal journal(run);
        while (now_in_seconds() < confirm_by) {
            const DirectoryWatch changes(run + "/network"); // before it is looked at: nothing shall come in between
            if (!is_awaited(journal)) { // perhaps only between two files: who holds the lock has written both
                const auto held = lock(journal);
                if (!is_awaited(journal))
                    return;
            }
            changes.wait(confirm_by);
        }
        const auto held = lock(journal);
        NetlinkHostNetwork network;
        finish_unfinished({network, journal, log});
    } catch (const std::exception& failure) {
        log.error(failure.what());
    }
    carry_for_guests(run, log); // of a stop that was taken back, the NIC is on its bridge again
    log.write();
}

class Service {
  public:
    Service(const UplinkProgram& program, const UplinkCall& call, std::string run, EventLog& log)
        : program_(program), call_(call), run_(std::move(run)), journal_(run_), log_(log) {}

    int serve() {
        if (call_.verb == UplinkVerb::status)
            return print_status({network_, journal_, log_}, call_);
        if (call_.dry_run)
            return call_.verb == UplinkVerb::start ? start() : stop();
        const auto held = lock(journal_);
        outlive_the_terminal();
        const UplinkDesk desk{network_, journal_, log_};
        if (call_.verb == UplinkVerb::confirm)
            return confirm();
        const bool had_work = has_unfinished(desk);
        finish_unfinished(desk);
        if (had_work)
            carry_for_guests(run_, log_);
        const int status = change(had_work);
        carry_for_guests(run_, log_); // also of a stop that failed, and so of a NIC that has come back
        return status;
    }

  private:
    int change(bool had_work);
    void say(const std::optional<std::string>& remark) {
        if (remark)
            log_.warning(*remark);
    }
    int start();
    int stop();
    int recover();
    int confirm();
    void mend_or_say(const Uplink& uplink);
    UplinkRecord record_of(const Uplink& uplink) const;
    bool forget_those_without_nic(const UplinkRequest& request, UplinkSurroundings& around);

    const UplinkProgram& program_;
    const UplinkCall& call_;
    std::string run_;
    UplinkJournal journal_;
    NetlinkHostNetwork network_;
    EventLog& log_;
};

int Service::change(bool had_work) {
    switch (call_.verb) {
    case UplinkVerb::start:
        return start();
    case UplinkVerb::stop:
        return stop();
    default:
        if (!had_work)
            log_.info("nothing to recover");
        return recover();
    }
}

UplinkRecord Service::record_of(const Uplink& uplink) const {
    if (auto record = journal_.record_of(uplink))
        return std::move(*record);
    throw Error("find the record of " + printable(uplink.netdev), system_code(ENOENT));
}

bool is_there(const Uplink& uplink, const UplinkSurroundings& around) {
    return std::any_of(around.links.begin(), around.links.end(),
                       [&](const HostLink& link) { return link.link.index == uplink.nic; });
}

/// Of those that the request means. True when there was one.
bool Service::forget_those_without_nic(const UplinkRequest& request, UplinkSurroundings& around) {
    bool found = false;
    for (const Uplink& uplink : find_uplinks(request, around)) {
        if (is_there(uplink, around))
            continue;
        log_.warning(printable(uplink.parked) + " is gone: removing what was made for it");
        if (!call_.dry_run)
            UplinkTransaction(network_, journal_, log_).forget(uplink);
        std::erase_if(around.set_up, [&](const Uplink& known) { return known.nic == uplink.nic; });
        found = true;
    }
    return found && !call_.dry_run;
}

void Service::mend_or_say(const Uplink& uplink) {
    const UplinkRecord record = record_of(uplink);
    if (record.confirm_by)
        log_.warning(printable(uplink.netdev) + ": taken back in " +
                     std::to_string(*record.confirm_by - std::min(*record.confirm_by, now_in_seconds())) +
                     " s unless you type: network-bridge confirm");
    const auto differences = describe_differences(record, network_);
    if (differences.empty()) {
        log_.info(printable(uplink.netdev) + ": on " + printable(uplink.bridge) + " already");
        return;
    }
    if (call_.dry_run)
        print_lines(differences);
    else
        UplinkTransaction(network_, journal_, log_).mend(record);
}

int Service::start() {
    const HostPicture picture = network_.look();
    UplinkSurroundings around = surroundings(picture, journal_.records());
    for (const UplinkRequest& request : call_.requests)
        if (request.netdev && forget_those_without_nic(request, around)) // its names are free now
            return start();
    Transaction wanted{Transaction::What::start, false, {}};
    std::vector<Uplink> there;
    for (const UplinkRequest& request : call_.requests) {
        const UplinkChoice choice = choose_uplink(request, around);
        if (const auto* already = std::get_if<BridgedAlready>(&choice)) {
            log_.info(already->sentence + ": nothing to do");
            say(already->remark);
        } else if (const auto* known = std::get_if<AlreadySetUp>(&choice)) {
            say(known->remark);
            there.push_back(known->uplink);
        } else {
            ChosenUplink chosen = std::get<ChosenUplink>(choice);
            for (const std::string& remark : chosen.remarks)
                log_.warning(remark);
            check_obstacles(chosen.uplink, picture, call_.ignore_firewall);
            note_own_vlans(chosen.uplink, picture, network_);
            around.planned.push_back(chosen.uplink);
            wanted.parts.push_back({chosen.uplink, std::nullopt, {}});
        }
    }
    for (const Uplink& uplink : there)
        mend_or_say(uplink);
    if (wanted.parts.empty())
        return 0;
    if (call_.dry_run) {
        for (const TransactionPart& part : wanted.parts) {
            print_lines(describe_start(part.uplink, network_));
            print_lines(what_stays_behind(part.uplink));
        }
        return 0;
    }
    std::optional<std::uint64_t> confirm_by;
    if (call_.confirm) {
        confirm_by = now_in_seconds() + static_cast<std::uint64_t>(call_.confirm->count());
        start_guard([&] { guard(run_, program_.name, *confirm_by); });
    }
    const int status = work_in_child(run_, program_.name, log_, call_.verify, [&](UplinkTransaction& transaction) {
        transaction.start(wanted, call_.verify, confirm_by);
    });
    if (status == 0)
        for (const TransactionPart& part : wanted.parts)
            log_.info(printable(part.uplink.netdev) + ": on " + printable(part.uplink.bridge) + " through " +
                      printable(part.uplink.parked) +
                      (confirm_by ? "; taken back in " + std::to_string(call_.confirm->count()) +
                                        " s unless you type: network-bridge confirm"
                                  : ""));
    return status;
}

int Service::stop() {
    const HostPicture picture = network_.look();
    UplinkSurroundings around = surroundings(picture, journal_.records());
    Transaction wanted{Transaction::What::stop, false, {}};
    bool forgotten = false;
    for (const UplinkRequest& request : call_.requests) {
        forgotten = forget_those_without_nic(request, around) || forgotten;
        for (const Uplink& uplink : find_uplinks(request, around)) {
            check_no_guests(uplink, picture, network_, log_);
            wanted.parts.push_back({uplink, std::nullopt, {}});
        }
    }
    if (wanted.parts.empty()) {
        if (!call_.requests.empty() && !forgotten)
            log_.info("not set up: nothing to do");
        return 0;
    }
    if (call_.dry_run) {
        for (const TransactionPart& part : wanted.parts)
            print_lines(describe_stop(record_of(part.uplink), network_));
        return 0;
    }
    const int status = work_in_child(run_, program_.name, log_, call_.verify,
                                     [&](UplinkTransaction& transaction) { transaction.stop(wanted, call_.verify); });
    if (status == 0)
        for (const TransactionPart& part : wanted.parts)
            log_.info(printable(part.uplink.netdev) + ": off " + printable(part.uplink.bridge) + ", as it was before");
    return status;
}

/// What was left has been ended by now; what is set up is made whole.
int Service::recover() {
    const HostPicture picture = network_.look();
    UplinkSurroundings around = surroundings(picture, journal_.records());
    for (const Uplink& uplink : around.set_up)
        if (is_there(uplink, around))
            mend_or_say(uplink);
        else
            log_.warning(printable(uplink.parked) + " is gone: \"stop netdev=" + printable(uplink.netdev) +
                         "\" removes what was made for it");
    return 0;
}

int Service::confirm() {
    const UplinkDesk desk{network_, journal_, log_};
    finish_unfinished(desk);
    bool confirmed = false;
    for (UplinkRecord record : journal_.records()) {
        if (!record.confirm_by)
            continue;
        record.confirm_by.reset();
        journal_.write_record(record);
        log_.info(printable(record.uplink.netdev) + ": confirmed, stays on " + printable(record.uplink.bridge));
        confirmed = true;
    }
    if (!confirmed)
        throw BadInput("confirm: nothing waits for it");
    return 0;
}

int serve(const UplinkProgram& program, std::span<const std::string_view> words, EventLog& log) {
    try {
        const Environment environment = process_environment();
        const UplinkCall call = program.parse(words, environment);
        if (call.nothing_to_do)
            return 0;
        if (call.requests.empty() && program.about_nothing)
            log.info(program.about_nothing(environment));
        return Service(program, call, run_directory(environment), log).serve();
    } catch (const UnknownCommand& failure) {
        std::string_view text = failure.what();
        for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
            log.error(std::string(text.substr(0, end)));
            text.remove_prefix(end + 1);
        }
        log.error(std::string(text));
    } catch (const std::exception& failure) {
        log.error(failure.what());
    }
    return failure_status;
}

} // namespace

int uplink_main(int argc, char** argv, const UplinkProgram& program) {
    settle_process();
    const auto words = words_of(argc, argv);
    const auto asks_for = [&](std::string_view option) {
        return std::find(words.begin(), words.end(), option) != words.end();
    };
    if (asks_for("--help"))
        return std::fputs(program.help.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? failure_status : 0;
    if (asks_for("--version"))
        return std::printf("%s (vifplug) %s\n", program.name.c_str(), vifplug_version) < 0 ? failure_status : 0;
    EventLog log(program.name);
    int status = serve(program, words, log);
    if (std::fflush(stdout) != 0 && status == 0)
        status = failure_status; // who asked has no answer
    log.write();
    return status;
}

} // namespace vifplug
