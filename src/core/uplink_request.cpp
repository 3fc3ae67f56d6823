// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_request.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace vifplug {

namespace {

constexpr std::size_t longest_altname = 127;
constexpr unsigned largest_vifnum = 65535;

bool is_unfit_for_a_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '/' || c == ':' || c == '%';
}

} // namespace

std::string_view name_of(Topology topology) {
    return topology == Topology::veth ? "veth" : "bridge";
}

Topology parse_topology(std::string_view text) {
    for (const Topology topology : {Topology::veth, Topology::bridge})
        if (text == name_of(topology))
            return topology;
    throw BadInput("topology", text, "veth or bridge");
}

UplinkVlans parse_uplink_vlans(std::string_view text) {
    if (text == "auto")
        return {UplinkVlans::Kind::automatic, VlanList()};
    return {UplinkVlans::Kind::fixed, parse_vlan_list(text, "vlans")};
}

std::string text_of(const UplinkVlans& vlans) {
    switch (vlans.kind) {
    case UplinkVlans::Kind::automatic:
        return "auto";
    case UplinkVlans::Kind::fixed:
        return vlans.list.str();
    case UplinkVlans::Kind::untouched:
        break;
    }
    return "";
}

bool parse_vlan_filtering(std::string_view text) {
    if (text != "yes" && text != "no")
        throw BadInput("vlan_filtering", text, "yes or no");
    return text == "yes";
}

std::string_view name_of(VlanMode mode) {
    return mode == VlanMode::filter ? "filter" : "device";
}

VlanMode parse_vlan_mode(std::string_view text) {
    for (const VlanMode mode : {VlanMode::filter, VlanMode::device})
        if (text == name_of(mode))
            return mode;
    throw BadInput("vlan-mode", text, "filter or device");
}

std::string parse_netdev(std::string_view text) {
    constexpr std::size_t longest_name = 15;
    if (text.size() <= longest_name)
        return IfName::parse("netdev", text).str();
    if (text.size() > longest_altname || !is_utf8(text) || std::any_of(text.begin(), text.end(), is_unfit_for_a_name))
        throw BadInput("netdev", text,
                       "a name of 1 to 15 bytes, or an altname of up to 127, without white space, '/', ':' or '%'");
    return std::string(text);
}

unsigned parse_vifnum(std::string_view text) {
    const auto number = parse_decimal(text);
    if (!number || *number > largest_vifnum)
        throw BadInput("vifnum", text, "a number from 0 to 65535");
    return *number;
}

UplinkVlans vlans_of(const UplinkRequest& request) {
    if (request.vlans)
        return *request.vlans;
    const auto kind = request.vlan_filtering == true ? UplinkVlans::Kind::automatic : UplinkVlans::Kind::untouched;
    return {kind, VlanList()};
}

void refuse_contradictions(const UplinkRequest& request) {
    if (request.vlans && request.vlan_filtering == false)
        throw BadInput("vlans", text_of(*request.vlans),
                       "not with vlan_filtering=no: a bridge that does not filter lets all VLANs through");
    if (request.vlan_mode != VlanMode::device)
        return;
    constexpr std::string_view rule = ": each VLAN has a bridge of its own then, and none filters";
    if (request.vlan_filtering == true)
        throw BadInput("vlan-mode", "device", "not with vlan_filtering=yes" + std::string(rule));
    if (request.vlans)
        throw BadInput("vlan-mode", "device",
                       "not with vlans=" + in_quotes(text_of(*request.vlans)) + std::string(rule));
}

std::optional<std::string_view> same_in_both(const UplinkRequest& one, const UplinkRequest& other) {
    if (one.netdev && one.netdev == other.netdev)
        return "netdev";
    if (one.bridge && one.bridge == other.bridge)
        return "bridge";
    if (one.vifnum && one.vifnum == other.vifnum)
        return "vifnum";
    return std::nullopt;
}

} // namespace vifplug
