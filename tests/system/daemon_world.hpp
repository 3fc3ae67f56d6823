// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/eventually.hpp"
#include "system/vif_world.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace vifplug::test {

/// A dom0 with vifplugd in it. Whatever the daemon does, it does some time after it was given reason to: eventually()
/// asks again and again until it is so.
class DaemonWorld : public VifWorld {
  protected:
    /// Starts the daemon and waits until it has looked at everything.
    void start();
    /// Ends it; gives what it said.
    Result stop(int signal);
    Result stop();

    bool is_placed(const std::string& netdev, const std::string& bridge, unsigned mtu = 1500) const;
    bool is_connected(int domid, int devid) const;

    Variables environment() const;
    Result vifplug(const Words& words) const;
    nlohmann::json status(const std::string& vif = "") const;
    std::string phase(const std::string& vif) const;

    /// What the daemon has said on stderr so far.
    std::string said() const { return daemon_->errors_so_far(); }

    std::string backend_of(int domid, int devid) const;

    std::optional<Running> daemon_;
};

} // namespace vifplug::test
