// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/daemon_world.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace vifplug::test {

/// What the daemon does with a real xenstored: one suite, whose tests are in a file for each subject.
class Vifplugd : public DaemonWorld {
  protected:
    void configure(const std::string& text) const;

    /// For a daemon that is started before its xenstored, which listens in store_to_come then.
    Variables environment_before_xenstored() const;

    /// Stops a program where it is.
    static void halt(pid_t process);

    /// Somebody is at work for vif1.0, for so long.
    void take_lock(int seconds);

    /// Looks once, has placed vif2.0, and waits for the lock of vif1.0.
    void begin_to_look_once();

    static int count(const std::string& text, const std::string& part);

    static constexpr const char* store_to_come = "/run/store-to-come";

    std::optional<Running> holder_; ///< of the lock
};

} // namespace vifplug::test
