// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "core/call_words.hpp"

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace vifplug {

/// Where a program that stays tells what happens, a line at a time, at once: stderr; with the level in front as the
/// journal wants it when stderr is the journal, and else to syslog as well.
class DaemonLog {
  public:
    DaemonLog(const std::string& program, const Environment& environment);

    void write(const EventLog::Line& line);
    void info(const std::string& text) { write({EventLog::Level::info, text}); }
    void warning(const std::string& text) { write({EventLog::Level::warning, text}); }
    void error(const std::string& text) { write({EventLog::Level::error, text}); }

  private:
    std::shared_ptr<spdlog::logger> logger_;
    bool is_journal_;
};

} // namespace vifplug
