// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/event_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>

#include <syslog.h>

namespace vifplug {

EventLog::EventLog(const std::string& program) {
    auto to_stderr = std::make_shared<spdlog::sinks::stderr_sink_st>();
    to_stderr->set_pattern("%n: %v");
    auto to_syslog = std::make_shared<spdlog::sinks::syslog_sink_st>(program, LOG_PID, LOG_DAEMON, false);
    logger_ = std::make_unique<spdlog::logger>(program, spdlog::sinks_init_list{to_stderr, to_syslog});
    // Logging must never be what fails a guest: a full disk behind stderr, say.
    logger_->set_error_handler([](const std::string&) {});
}

EventLog::~EventLog() = default;

void EventLog::info(const std::string& line) {
    logger_->info(line);
}

void EventLog::warning(const std::string& line) {
    logger_->warn(line);
}

void EventLog::error(const std::string& line) {
    logger_->error(line);
}

} // namespace vifplug
