// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"
#include "core/link.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

bool is_bridge(const Link& link);

/// Where else to look when no bridge has the name that a configuration asks for.
struct BridgeFallback {
    enum class Meaning { the_bridge, a_port_of_it };

    std::string name;
    Meaning meaning;
};

/// The two layouts a dom0 may have call the same bridge differently, and old guest files should work on both:
/// xenbrN, where no such netdev exists, is the bridge ethN (V18, V20, V21); ethN, where that is no bridge, is the one
/// that pethN is a port of. `found` is what bears the wanted name now. Nothing when the name has no other meaning.
std::optional<BridgeFallback> bridge_fallback(const IfName& wanted, const std::optional<Link>& found);

/// The bridge for a vif that names none: the only one, else the first by name (V15, V16, V17). Null when there is none.
const Link* first_bridge(const std::vector<Link>& links);

} // namespace vifplug
