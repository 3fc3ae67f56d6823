// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// The admin's hooks: XEN_SCRIPT_DIR/vif-post.d/*.hook.
std::vector<std::string> find_vif_hooks();

/// Where the port ended, as the hooks are told.
struct PortPlace {
    std::string netdev;
    std::string bridge; ///< empty when it is on none
};

/// Runs the hooks with the variables that the shell scripts give theirs (contract 2.8). Throws HookFailed.
void run_vif_hooks(const std::vector<std::string>& hooks, const HotplugCall& call, const PortPlace& place,
                   const Machine& machine);

} // namespace vifplug
