// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace vifplug::bench {

/// /dev/log: takes what the calls log, and forgets it. So a call's log line costs what it costs on a host, and the
/// host's own log hears nothing of a benchmark.
class LogSink {
  public:
    /// Refuses when there is a /dev/log already: then this is not a place made for a benchmark.
    LogSink();
    LogSink(const LogSink&) = delete;
    LogSink& operator=(const LogSink&) = delete;
    ~LogSink();

    /// To be called between measurements; in them the lines only queue up.
    void forget();

  private:
    int socket_;
};

} // namespace vifplug::bench
