// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_step.hpp"

#include "core/overloaded.hpp"
#include "core/text.hpp"

namespace vifplug {

namespace {

std::string name(const Netdev& netdev) {
    return printable(netdev.name);
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& each : names)
        text += (text.empty() ? "" : ", ") + printable(each);
    return text;
}

} // namespace

std::string describe(const UplinkStep& step) {
    return std::visit(
        overloaded{
            [](const Step& s) { return describe(s); },
            [](const MakeBridge& s) {
                return "make bridge " + s.name + ", MAC address " + s.mac.str() + ", MTU " + std::to_string(s.mtu) +
                       (s.vlan_filtering ? ", which filters VLANs" : "");
            },
            [](const MakePair& s) {
                return "make veth pair " + s.end + " and " + s.port + ", MAC address of " + s.end + " " +
                       s.end_mac.str() + ", MTU " + std::to_string(s.mtu);
            },
            [](const RemoveLink& s) { return "remove " + name(s.netdev); },
            [](const SetArp& s) { return (s.on ? "allow ARP on " : "stop ARP on ") + name(s.port); },
            [](const PinMac& s) { return "fix the MAC address of " + name(s.child) + ", " + s.mac.str(); },
            [](const CopySettings& s) { return "copy the settings of " + name(s.from) + " to " + name(s.to); },
            [](const MoveAltnames& s) { return "move altnames to " + name(s.to) + ": " + listed(s.names); },
            [](const ForgetMac& s) {
                return "remove the bridge's own entry for " + s.mac.str() + " on " + name(s.port);
            },
            [](const SetVlanFiltering& s) {
                return "turn VLAN filtering of bridge " + name(s.bridge) + (s.to ? " on" : " off");
            },
            [](const GiveVlans& s) {
                return "give " + std::string(s.owner == VlanOwner::bridge ? "bridge " : "") + name(s.netdev) +
                       " the VLANs " + s.vlans.str();
            },
            [](const TakeState& s) { return "take addresses and routes off " + name(s.from); },
            [](const TellManagers& s) { return "tell who configures " + name(s.nic); },
            [](const GiveState& s) { return "put addresses and routes on " + name(s.to); },
        },
        step);
}

} // namespace vifplug
