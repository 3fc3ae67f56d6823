// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace vifplug {

/// Where the programs tell what happened: syslog (facility daemon) and stderr, one line per event, who first. A syslog
/// that is not there, or a closed stderr, is no failure (V42, V43).
class EventLog {
  public:
    /// `program` is what the lines start with.
    explicit EventLog(const std::string& program);
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    ~EventLog();

    void info(const std::string& line);
    void warning(const std::string& line);
    void error(const std::string& line);

  private:
    std::unique_ptr<spdlog::logger> logger_;
};

} // namespace vifplug
