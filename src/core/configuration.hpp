// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_request.hpp"

#include <vector>

namespace vifplug {

/// What the configuration file says; a file that says nothing, or none, is Configuration{}.
struct Configuration {
    std::vector<UplinkRequest> bridges; ///< the [[bridge]] tables, in their order; each has a netdev

    friend bool operator==(const Configuration&, const Configuration&) = default;
};

} // namespace vifplug
