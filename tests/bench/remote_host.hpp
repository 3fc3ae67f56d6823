// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "transfer.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace vifplug::bench {

using Clock = std::chrono::system_clock; ///< the clock of the kernel's time stamps on what is received

/// The longest time for which something did not come.
struct Gap {
    double longest_ms = 0;
    bool is_over = false; ///< it came again in the end
};

/// What a remote host noticed of dom0 for some time.
struct Noticed {
    Gap v4;        ///< echo replies
    Gap v6;        ///< echo replies
    Gap transfer;  ///< of the direction that had the longer one
    Gap own_pause; ///< of the sender of the echo requests: a longer one makes the others worthless
};

/// Sends an ICMP echo request of either family every 2 ms, and holds a TCP connection with dom0 that is busy in both
/// directions. In a thread of its own, as long as it lives. Reads the time of a reply from the kernel, so that it
/// does not matter when the thread gets to read it.
class RemoteHost {
  public:
    /// Throws std::system_error when dom0 cannot be reached.
    RemoteHost();
    RemoteHost(const RemoteHost&) = delete;
    RemoteHost& operator=(const RemoteHost&) = delete;
    ~RemoteHost();

    /// Notices from now on.
    void begin();

    /// For another while, and then for as long as a family is silent or the transfer stands: `patience` at the longest.
    /// `with_v6` false: nobody waits for IPv6.
    Noticed end(std::chrono::milliseconds patience, bool with_v6);

  private:
    /// When something came, and the longest time between two of that.
    struct Times {
        Clock::time_point last = Clock::now();
        Clock::duration longest{};

        void came(Clock::time_point when);
        Gap gap() const;
    };

    void run();
    Noticed look();
    void send_requests();
    void read_replies(int socket, Times& times);
    void move_data();

    int v4_ = -1;
    int v6_ = -1;
    Transfer transfer_;
    std::mutex mutex_; ///< for the four below
    Times v4_times_;
    Times v6_times_;
    Times own_times_;
    Times to_dom0_;
    Times from_dom0_;
    std::atomic<bool> ends_ = false;
    std::thread thread_; // last, since it uses all of the above
};

} // namespace vifplug::bench
