// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vifplug::bench {

/// Where a service manager listens.
class ReadySocket {
  public:
    ReadySocket();
    ReadySocket(const ReadySocket&) = delete;
    ReadySocket& operator=(const ReadySocket&) = delete;
    ~ReadySocket();

    /// Until READY=1 comes. Throws std::runtime_error after a while.
    void await();

    static constexpr const char* path = "/run/bench-notify";

  private:
    int socket_;
};

/// A daemon that keeps vifs, ours or the floor, as systemd starts it. Ended with the object.
class KeeperProcess {
  public:
    /// Waits until it is ready. What it says goes to `log_file`. The program may be one that runs the daemon and
    /// watches it; then the numbers below are not those of the daemon.
    explicit KeeperProcess(std::vector<std::string> words);
    KeeperProcess(const KeeperProcess&) = delete;
    KeeperProcess& operator=(const KeeperProcess&) = delete;
    ~KeeperProcess();

    pid_t pid() const { return pid_; }

    /// From its start until it was ready.
    double start_ms() const { return start_ms_; }

    /// Time on a processor, in user and kernel mode together.
    double cpu_ms() const;
    std::uint64_t voluntary_switches() const;
    double memory_mb() const;
    double peak_memory_mb() const;

    static constexpr const char* log_file = "/run/bench-keeper.log";

  private:
    std::uint64_t number_in_status(const std::string& label) const;

    ReadySocket ready_;
    pid_t pid_ = -1;
    pid_t watched_ = 0; ///< the daemon, where the process is a program that watches it
    double start_ms_ = 0;
};

} // namespace vifplug::bench
