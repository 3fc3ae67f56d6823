// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon.hpp"

#include "app/control_commands.hpp"
#include "app/control_server.hpp"
#include "app/daemon_settings.hpp"
#include "app/process.hpp"
#include "app/running_drop_ins.hpp"
#include "app/vif_keeper.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "system/config_file.hpp"
#include "system/link_events.hpp"
#include "system/link_survey.hpp"
#include "system/only_one.hpp"
#include "system/paths.hpp"
#include "system/service_manager.hpp"
#include "system/store_connection.hpp"
#include "system/uplink_journal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <unistd.h>

namespace vifplug {

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Failed = boost::system::error_code;

constexpr const char* watched = "backend/vif";
constexpr const char* store_broke = "the connection to xenstored broke";
constexpr std::chrono::seconds longest_connect{5};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{2000};
constexpr std::chrono::milliseconds longest_stretch{5}; ///< of looks, before others have their turn
constexpr int failure_status = 1;

/// For the vif-bridges that it starts: they read the configuration that it reads.
Environment handed_on(const Environment& environment, const std::string& configuration) {
    return [&environment, configuration](std::string_view name) {
        return name == "VIFPLUG_CONFIG" ? configuration : environment(name);
    };
}

class Daemon {
  public:
    Daemon(const DaemonCall& call, const Environment& environment, DaemonLog& log)
        : call_(call), environment_(environment), log_(log), directory_(run_directory(environment)), run_(directory_),
          vlan_records_(directory_), manager_(environment) {}

    int run();

  private:
    Configuration read() const;
    void begin();
    void connect();
    void disconnect();
    void lose_store(const std::string& reason);
    void look_at_all();
    void reconnect_later();
    void hear_links();
    void hear_store();
    void hear_signals();
    void stay_alive();
    void pump();
    void go_on();
    void look_ahead();
    void after_first_look();
    bool is_done() const;
    void tell_reloaded() const;
    void reload();
    std::string answer(const std::string& line);
    DaemonState state() const;
    int status_after_once() const;

    const DaemonCall& call_;
    const Environment& environment_;
    DaemonLog& log_;
    const std::string directory_;
    const RunDirectory run_;
    const VlanRecords vlan_records_;
    const ServiceManager manager_;
    const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();

    asio::io_context context_{1};
    asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
    asio::steady_timer next_look_{context_};
    asio::steady_timer next_connect_{context_};
    asio::steady_timer next_sign_of_life_{context_};
    std::chrono::milliseconds pause_{first_pause};

    Configuration configuration_; ///< as it was read last, when it was right
    std::optional<OnlyOne> only_one_;
    std::optional<LinkEvents> events_;
    std::optional<NetlinkLinks> links_;
    StoreConnection store_;
    std::optional<VifKeeper> keeper_;
    std::optional<Residence> residence_; ///< as long as xenstored was never reached it is not known
    std::optional<Readiness> events_ready_;
    std::optional<Readiness> watch_ready_;
    std::optional<ControlServer> control_;
    RunningDropIns drop_ins_{context_, own_libexec_dir() + "/vif-bridge", handed_on(environment_, call_.configuration),
                             [this](VifId id, Verb verb) { keeper_->program_begun(id, verb); },
                             [this](VifId id, int status) {
                                 keeper_->program_ended(id, status, Clock::now());
                                 go_on();
                             }};
    bool pumping_ = false;
    bool has_begun_ = false; ///< the first event of a watch was heard
    bool is_ready_ = false;
};

int Daemon::run() {
    begin();
    context_.run();
    manager_.tell_stopping();
    if (call_.once)
        return status_after_once();
    log_.info("ends; every vif stays as it is");
    return 0;
}

Configuration Daemon::read() const {
    return call_.is_named ? read_named_configuration(call_.configuration) : read_configuration(call_.configuration);
}

void Daemon::begin() {
    Deadline::keep_timer();
    run_.make();
    if (!call_.once) {
        only_one_.emplace(directory_ + "/vifplugd.lock", "vifplugd");
        control_.emplace(context_, directory_ + "/control", [this](const std::string& line) { return answer(line); });
    }
    configuration_ = read();
    events_.emplace(); // before the first look, so that nothing is missed between
    links_.emplace();
    Deadline deadline(longest_connect);
    const auto known_uplinks = [this] { return KnownUplinks{UplinkJournal(directory_).records(), configuration_}; };
    const auto connect_first = [&] {
        try {
            store_.open(watched, deadline);
        } catch (const Error& error) {
            if (call_.once)
                throw;
            log_.warning(std::string(error.what()) + "; waiting for xenstored");
        }
    };
    connect_first();
    keeper_.emplace(
        VifSurroundings{.links = *links_,
                        .store = store_,
                        .store_is_there = [this] { return store_.is_open(); },
                        .run = run_,
                        .vlan_records = vlan_records_,
                        .known_uplinks = known_uplinks,
                        .survey = [this]() -> std::unique_ptr<Links> { return std::make_unique<LinkSurvey>(*links_); },
                        .residence = Residence::dom0,
                        .start_program = [this](VifId id, Verb verb) { drop_ins_.start(id, verb); },
                        .is_xens_own = &is_xens_own,
                        .log = [this](const EventLog::Line& line) { log_.write(line); }},
        settings_of(configuration_));
    hear_signals();
    stay_alive();
    events_ready_.emplace(context_, events_->descriptor());
    hear_links();
    connect();
}

// --- the store ------------------------------------------------------------------------------------------------------

/// Everything may have changed since it was there last. The watch's first event comes at once, and has it looked at.
void Daemon::connect() {
    try {
        Deadline deadline(longest_connect);
        if (!store_.is_open()) {
            store_.open(watched, deadline);
            log_.info("connected to xenstored again");
        }
        watch_ready_.emplace(context_, store_.watch().descriptor());
        residence_ = residence_of(store_);
        keeper_->take(*residence_);
        pause_ = first_pause;
        hear_store();
        go_on();
    } catch (const Error& error) {
        if (call_.once) {
            lose_store(error.what());
            return;
        }
        disconnect();
        reconnect_later();
    }
}

void Daemon::disconnect() {
    watch_ready_.reset();
    store_.close();
}

/// Who looks once does not wait until it comes back.
void Daemon::lose_store(const std::string& reason) {
    if (call_.once) {
        if (!context_.stopped())
            log_.error(reason);
        context_.stop();
        return;
    }
    log_.error(reason + "; every vif stays as it is until xenstored is back");
    disconnect();
    reconnect_later();
}

void Daemon::reconnect_later() {
    next_connect_.expires_after(pause_);
    pause_ = std::min(pause_ * 2, longest_pause);
    next_connect_.async_wait([this](const Failed& failed) {
        if (!failed)
            connect();
    });
}

void Daemon::hear_store() {
    watch_ready_->wait([this] {
        try {
            while (const auto path = store_.watch().next()) {
                keeper_->heard(concern_of(*path));
                has_begun_ = true;
            }
        } catch (const Error& error) {
            lose_store(error.what());
            return;
        }
        hear_store();
        go_on();
    });
}

// --- the kernel -----------------------------------------------------------------------------------------------------

void Daemon::hear_links() {
    events_ready_->wait([this] {
        bool more = true;
        bool lost = false;
        while (more) {
            const LinkEvents::News news = events_->read();
            more = news.more;
            lost = lost || news.lost;
            keeper_->heard(news.changes);
        }
        hear_links();
        if (lost) {
            log_.warning("the kernel had more to tell than could be heard; looking at everything again");
            keeper_->forget_survey();
            look_at_all();
        }
        go_on();
    });
}

// --- the work -------------------------------------------------------------------------------------------------------

/// What the store does not tell now it tells when it is there again.
void Daemon::look_at_all() {
    if (!store_.is_open())
        return;
    try {
        keeper_->look_at_all();
    } catch (const Error& error) {
        lose_store(error.what());
    }
}

/// What is marked is looked at after what has happened meanwhile was heard. A connection that broke where its failure
/// mattered to nobody is noticed here, or before the next wait: the watch's own is still there.
void Daemon::go_on() {
    if (watch_ready_ && store_.has_failed()) {
        lose_store(store_broke);
        return;
    }
    if (!pumping_ && watch_ready_ && keeper_->marked() > 0) {
        pumping_ = true;
        asio::post(context_, [this] { pump(); });
    } else if (!pumping_) {
        look_ahead();
    }
}

void Daemon::pump() {
    pumping_ = false;
    if (!watch_ready_) // xenstored went away since: what is marked waits for its return
        return;
    const auto end = Clock::now() + longest_stretch;
    try {
        while (keeper_->work(Clock::now()) && Clock::now() < end) {
        }
    } catch (const std::exception& failure) {
        lose_store(failure.what());
        return;
    }
    go_on();
}

/// Nothing is left to do but what has to wait.
void Daemon::look_ahead() {
    Deadline::stop_idle_timer();
    if (watch_ready_ && !store_.is_open()) {
        lose_store(store_broke);
        return;
    }
    if (!is_ready_ && has_begun_ && keeper_->marked() == 0 && store_.is_open())
        after_first_look();
    const auto time = keeper_->next_time();
    if (!time) {
        next_look_.cancel();
        return;
    }
    next_look_.expires_at(*time);
    next_look_.async_wait([this](const Failed& failed) {
        if (failed)
            return;
        keeper_->mark_due(Clock::now());
        go_on();
    });
}

void Daemon::after_first_look() {
    if (call_.once && !is_done())
        return;
    is_ready_ = true;
    if (call_.once) {
        context_.stop();
        return;
    }
    const std::string sentence = "looks after " + std::to_string(keeper_->vifs().size()) + " vifs";
    manager_.tell_ready(sentence);
    log_.info(sentence);
}

/// A vif whose lock somebody has is looked at again in a moment, and one that a program is at work for afterwards.
bool Daemon::is_done() const {
    if (!drop_ins_.empty())
        return false;
    for (const auto& [id, vif] : keeper_->vifs())
        if (vif.again && vif.phase != KeptVif::Phase::waiting && vif.phase != KeptVif::Phase::failed)
            return false;
    return true;
}

/// Whoever ended it before it had looked at every vif does not hear that all is well.
int Daemon::status_after_once() const {
    int status = is_ready_ ? 0 : failure_status;
    for (const auto& [id, vif] : keeper_->vifs()) {
        if (vif.phase == KeptVif::Phase::waiting)
            log_.error(netdev_name(id, PortKind::vif) + ": " + vif.reason);
        if (vif.phase == KeptVif::Phase::waiting || vif.phase == KeptVif::Phase::failed)
            status = failure_status;
    }
    return status;
}

// --- people ---------------------------------------------------------------------------------------------------------

void Daemon::hear_signals() {
    signals_.async_wait([this](const Failed& failed, int signal) {
        if (failed)
            return;
        if (signal != SIGHUP) {
            if (call_.once && !is_ready_)
                log_.error("ended by a signal before it had looked at every vif");
            context_.stop();
            return;
        }
        try {
            reload();
        } catch (const std::exception&) { // the log has it
        }
        hear_signals();
    });
}

void Daemon::stay_alive() {
    if (!manager_.alive_every())
        return;
    manager_.tell_alive();
    next_sign_of_life_.expires_after(*manager_.alive_every());
    next_sign_of_life_.async_wait([this](const Failed& failed) {
        if (!failed)
            stay_alive();
    });
}

/// Before the first look it is not ready, whatever it has read.
void Daemon::tell_reloaded() const {
    if (is_ready_)
        manager_.tell_reloaded();
}

void Daemon::reload() {
    if (is_ready_)
        manager_.tell_reloading();
    try {
        configuration_ = read();
        keeper_->take(settings_of(configuration_));
    } catch (const std::exception& failure) {
        tell_reloaded();
        log_.error(std::string(failure.what()) + "; the configuration from before stays");
        throw;
    }
    tell_reloaded();
    log_.info("has read " + printable(call_.configuration) + " anew");
    look_at_all();
    go_on();
}

DaemonState Daemon::state() const {
    return {.process = getpid(),
            .since = since_,
            .now = Clock::now(),
            .residence = residence_,
            .store_is_there = store_.is_open(),
            .marked = keeper_->marked()};
}

std::string Daemon::answer(const std::string& line) {
    std::string text = answer_to_line(line, {*keeper_, state(), [this] { reload(); }});
    go_on();
    return text;
}

} // namespace

int run_daemon(const DaemonCall& call, const Environment& environment, DaemonLog& log) {
    return Daemon(call, environment, log).run();
}

} // namespace vifplug
