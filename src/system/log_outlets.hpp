// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/unique_fd.hpp"

#include <cstddef>
#include <string>

namespace vifplug {

/// Stderr, and never a wait for whoever reads it: a line for which a pipe has no room at once is lost, and how many
/// were is told before the next one that fits.
class StderrLines {
  public:
    /// `prefix` stands before the line; sd-daemon(3) wants a level there.
    void write(const std::string& prefix, const std::string& line);

  private:
    std::size_t lost_ = 0;
};

/// Syslog in the same way. Not by syslog(3): that waits where nobody reads /dev/log.
class SyslogLines {
  public:
    explicit SyslogLines(std::string program) : program_(std::move(program)) {}

    /// `level` is one of syslog(3)'s, and the facility daemon. Where there is no syslog that is no failure.
    void write(int level, const std::string& line);

  private:
    bool send(int level, const std::string& line);

    std::string program_;
    UniqueFd socket_;
    std::size_t lost_ = 0;
};

} // namespace vifplug
