// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/daemon_status.hpp"
#include "app/vif_keeper.hpp"

#include <functional>
#include <string>

namespace vifplug {

/// What people can ask of the daemon.
struct ControlledDaemon {
    VifKeeper& keeper;
    DaemonState state;
    std::function<void()> reload; ///< throws what a bad configuration throws
};

/// Does what a line of the control socket says (vifplug(8)) and gives the answer, a line of JSON. What cannot be done
/// is told there: it throws nothing.
std::string answer_to_line(const std::string& line, const ControlledDaemon& daemon);

} // namespace vifplug
