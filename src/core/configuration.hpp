// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_request.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace vifplug {

/// What the file says for vifplugd.
struct DaemonConfiguration {
    std::vector<std::string> scripts;  ///< more scripts whose vifs are ours to place
    std::chrono::seconds patience{10}; ///< for a netdev or bridge that is missing; as long as libxl waits for a backend

    friend bool operator==(const DaemonConfiguration&, const DaemonConfiguration&) = default;
};

/// What the configuration file says; a file that says nothing, or none, is Configuration{}.
struct Configuration {
    DaemonConfiguration daemon;
    std::vector<UplinkRequest> bridges; ///< the [[bridge]] tables, in their order; each has a netdev

    friend bool operator==(const Configuration&, const Configuration&) = default;
};

} // namespace vifplug
