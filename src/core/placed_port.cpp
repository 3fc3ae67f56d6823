// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/placed_port.hpp"

#include "core/text.hpp"

#include <vector>

namespace vifplug {

namespace {

std::string instead_of(const std::string& found, const std::string& wanted) {
    return found + " instead of " + wanted;
}

/// `found_on` names the bridge that the port was found on, where it is known.
std::vector<std::string> differences(const Link& now, const PlacedPort& place, const std::optional<Netdev>& found_on) {
    std::vector<std::string> found;
    if (place.name && now.name != place.name->str())
        found.push_back(instead_of("named " + printable(now.name), place.name->str()));
    if (!now.master)
        found.push_back(instead_of("on no bridge", printable(place.bridge.name)));
    else if (*now.master != place.bridge.index)
        found.push_back(instead_of(found_on ? "on " + printable(found_on->name) : "on another bridge",
                                   printable(place.bridge.name)));
    if (!now.up)
        found.emplace_back("down");
    if (now.mtu != place.mtu)
        found.push_back(instead_of("MTU " + std::to_string(now.mtu), std::to_string(place.mtu)));
    if (now.mac && *now.mac != port_mac)
        found.push_back(instead_of("MAC " + now.mac->str(), port_mac.str()));
    return found;
}

std::optional<std::string> sentence(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text.empty() ? std::nullopt : std::optional(text);
}

} // namespace

std::optional<std::string> drift_of(const Link& now, const PlacedPort& place) {
    return sentence(differences(now, place, std::nullopt));
}

std::optional<std::string> drift_of(const PortNow& now, const PlacedPort& place) {
    std::vector<std::string> found = differences(now.link, place, now.master);
    if (place.vlans && now.link.master == place.bridge.index && now.vlans != *place.vlans)
        found.push_back(instead_of("with VLANs " + now.vlans.str(), place.vlans->str()));
    return sentence(found);
}

} // namespace vifplug
