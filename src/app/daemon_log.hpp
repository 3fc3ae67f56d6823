// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "core/call_words.hpp"
#include "system/log_outlets.hpp"

#include <string>

namespace vifplug {

/// Where a program that stays tells what happens, a line at a time, at once: stderr; with the level in front as the
/// journal wants it when stderr is the journal, and else to syslog as well. It never waits for whoever reads them: the
/// guests would wait along.
class DaemonLog {
  public:
    DaemonLog(const std::string& program, const Environment& environment);

    void write(const EventLog::Line& line);
    void info(const std::string& text) { write({EventLog::Level::info, text}); }
    void warning(const std::string& text) { write({EventLog::Level::warning, text}); }
    void error(const std::string& text) { write({EventLog::Level::error, text}); }

  private:
    std::string program_;
    bool is_journal_;
    StderrLines stderr_;
    SyslogLines syslog_;
};

} // namespace vifplug
