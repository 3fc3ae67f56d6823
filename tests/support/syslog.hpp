// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug::test {

/// /dev/log of a private /dev. For a sandbox.
class Syslog {
  public:
    Syslog();
    Syslog(const Syslog&) = delete;
    Syslog& operator=(const Syslog&) = delete;
    ~Syslog();

    /// The next line, empty when none waits.
    std::string next();

    /// Lets as many lines wait as the kernel lets wait; whoever writes the next one has to wait himself.
    void fill();

  private:
    int socket_;
};

} // namespace vifplug::test
