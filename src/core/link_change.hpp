// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <optional>

namespace vifplug {

/// Something the kernel told about a netdev without being asked.
struct LinkChange {
    enum class What {
        link, ///< it is new, or other than before
        gone, ///< it is no more
        vlans ///< those of a port, or of a bridge for itself
    };

    What what;
    IfIndex index;
    std::optional<Link> link = {}; ///< as it is now, for What::link
};

} // namespace vifplug
