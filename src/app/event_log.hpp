// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vifplug {

/// Where the programs tell what happened: syslog (facility daemon) and stderr, one line per event, who first. A syslog
/// that is not there, or a closed stderr, is no failure (V42, V43).
///
/// The lines are kept and written at the end, when the work is done and told: a syslog that nobody reads, or a full
/// pipe behind stderr, makes whoever writes to it wait, and no guest shall wait for that.
class EventLog {
  public:
    /// `program` is what the lines start with.
    explicit EventLog(std::string program) : program_(std::move(program)) {}
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;
    ~EventLog() = default;

    void info(std::string line) { lines_.push_back({Level::info, std::move(line)}); }
    void warning(std::string line) { lines_.push_back({Level::warning, std::move(line)}); }
    void error(std::string line) { lines_.push_back({Level::error, std::move(line)}); }

    enum class Level { info, warning, error };
    struct Line {
        Level level;
        std::string text;
    };

    /// The lines kept so far, which write() does not write then.
    std::vector<Line> take() { return std::exchange(lines_, {}); }

    /// Writes what was kept, and takes a second for it at the most. To be called once, without any other Deadline.
    void write();

  private:
    std::string program_;
    std::vector<Line> lines_;
};

} // namespace vifplug
