// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_link.hpp"

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

/// A NIC that is up, as the host has it.
inline HostLink a_nic(int index, const std::string& name) {
    HostLink nic{.link = a_vif(index, name),
                 .flags = {},
                 .ethernet = true,
                 .loopback = false,
                 .group = 0,
                 .alias = "",
                 .altnames = {},
                 .lower = std::nullopt,
                 .mac_follows_lower = false};
    nic.link.mac = Mac{{0x52, 0x54, 0, 0, 0, static_cast<std::uint8_t>(index)}};
    nic.link.up = true;
    nic.link.address_generation = AddressGeneration::eui64;
    return nic;
}

/// Somebody else's netdev of a kind: "bridge", "macvlan".
inline HostLink a_host_link(int index, const std::string& name, const std::string& kind) {
    HostLink link = a_nic(index, name);
    link.link.kind = kind;
    return link;
}

} // namespace vifplug::test
