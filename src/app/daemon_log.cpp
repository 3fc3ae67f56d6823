// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <vector>

namespace vifplug {

namespace {

/// sd-daemon(3): a line may begin with its syslog level.
const char* journal_level(EventLog::Level level) {
    switch (level) {
    case EventLog::Level::info:
        return "<6>";
    case EventLog::Level::warning:
        return "<4>";
    case EventLog::Level::error:
        return "<3>";
    }
    return "";
}

spdlog::level::level_enum spdlog_level(EventLog::Level level) {
    switch (level) {
    case EventLog::Level::info:
        return spdlog::level::info;
    case EventLog::Level::warning:
        return spdlog::level::warn;
    case EventLog::Level::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// systemd.exec(5): the variable names stderr by device and inode. A program that was started from a service and has
/// another stderr inherits it, too.
bool is_journal(int descriptor, const Environment& environment) {
    const auto journal = environment("JOURNAL_STREAM");
    struct stat file {};
    return journal && fstat(descriptor, &file) == 0 &&
           *journal == std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

} // namespace

DaemonLog::DaemonLog(const std::string& program, const Environment& environment)
    : is_journal_(is_journal(STDERR_FILENO, environment)) {
    auto to_stderr = std::make_shared<spdlog::sinks::stderr_sink_st>();
    to_stderr->set_pattern(is_journal_ ? "%v" : "%n: %v");
    std::vector<spdlog::sink_ptr> sinks{to_stderr};
    if (!is_journal_)
        sinks.push_back(std::make_shared<spdlog::sinks::syslog_sink_st>(program, LOG_PID, LOG_DAEMON, false));
    logger_ = std::make_shared<spdlog::logger>(program, sinks.begin(), sinks.end());
    // A log that cannot be written must not be what fails a guest.
    logger_->set_error_handler([](const std::string&) {});
}

void DaemonLog::write(const EventLog::Line& line) {
    logger_->log(spdlog_level(line.level), (is_journal_ ? journal_level(line.level) : "") + line.text);
    logger_->flush();
}

} // namespace vifplug
