// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vifplug {

/// The service manager that started us, if one did that wants to hear how we are: sd_notify(3)'s protocol, which is one
/// datagram to the socket that NOTIFY_SOCKET names. All of it does nothing where there is none, and never fails: a
/// manager that does not listen is no reason to stop.
class ServiceManager {
  public:
    explicit ServiceManager(const Environment& environment);

    void tell_ready(const std::string& sentence) const; ///< with what it does, in one: whoever sees the one has both
    void tell_reloading() const;
    void tell_reloaded() const;
    void tell_stopping() const;
    void tell_alive() const;

    /// How often tell_alive() is wanted, half of what the manager waits; nothing when it does not care.
    std::optional<std::chrono::microseconds> alive_every() const { return alive_every_; }

  private:
    void tell(const std::string& state) const;

    std::string socket_;
    std::optional<std::chrono::microseconds> alive_every_;
};

} // namespace vifplug
