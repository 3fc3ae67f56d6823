// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"
#include "core/placement_bridge.hpp"
#include "core/step.hpp"
#include "core/vlan.hpp"

#include <optional>
#include <string>

namespace vifplug {

/// A port in its place, as it is to stay.
struct PlacedPort {
    Netdev port;
    Netdev bridge;
    unsigned mtu;                  ///< bytes
    std::optional<IfName> name;    ///< absent: none is configured, and whatever it is called is right
    std::optional<VlanList> vlans; ///< absent: none are configured, and whatever it has is right

    friend bool operator==(const PlacedPort&, const PlacedPort&) = default;
};

/// What is other than it is to be, for people: "on no bridge instead of xenbr0, down, MTU 1400 instead of 1500";
/// nothing when all is as it should be. Says nothing of VLANs.
std::optional<std::string> drift_of(const Link& now, const PlacedPort& place);

/// Also of VLANs, and with the name of the bridge it was found on.
std::optional<std::string> drift_of(const PortNow& now, const PlacedPort& place);

} // namespace vifplug
