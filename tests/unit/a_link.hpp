// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <string>

namespace vifplug::test {

/// A vif as netback makes it.
inline Link a_vif(int index, const std::string& name) {
    return {.index = IfIndex(index),
            .name = name,
            .mac = port_mac,
            .mtu = 1500,
            .up = false,
            .master = std::nullopt,
            .kind = "",
            .parent_bus = "",
            .parent_device = "",
            .address_generation = AddressGeneration::none};
}

inline Link a_bridge(int index, const std::string& name, unsigned mtu = 1500) {
    Link link = a_vif(index, name);
    link.kind = "bridge";
    link.mtu = mtu;
    link.up = true;
    return link;
}

} // namespace vifplug::test
