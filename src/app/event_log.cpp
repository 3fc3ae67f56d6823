// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/event_log.hpp"

#include "system/deadline.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>

#include <syslog.h>

namespace vifplug {

void EventLog::write() {
    if (lines_.empty())
        return;
    const Deadline deadline(std::chrono::seconds(1));
    auto to_stderr = std::make_shared<spdlog::sinks::stderr_sink_st>();
    to_stderr->set_pattern("%n: %v");
    auto to_syslog = std::make_shared<spdlog::sinks::syslog_sink_st>(program_, LOG_PID, LOG_DAEMON, false);
    spdlog::logger logger(program_, spdlog::sinks_init_list{to_stderr, to_syslog});
    // Logging must never be what fails a guest: a full disk behind stderr, say.
    logger.set_error_handler([](const std::string&) {});
    for (const Line& line : lines_) {
        switch (line.level) {
        case Level::info:
            logger.info(line.text);
            break;
        case Level::warning:
            logger.warn(line.text);
            break;
        case Level::error:
            logger.error(line.text);
            break;
        }
    }
    lines_.clear();
}

} // namespace vifplug
