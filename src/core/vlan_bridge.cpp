// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan_bridge.hpp"

#include "core/record_line.hpp"
#include "core/text.hpp"

namespace vifplug {

namespace {

constexpr std::size_t longest_name = 15; // IFNAMSIZ less the terminating zero

/// At most so many bytes, and no half character.
std::string_view shortened(std::string_view text, std::size_t longest) {
    text = text.substr(0, longest);
    while (!text.empty() && !is_utf8(text))
        text.remove_suffix(1);
    return text;
}

} // namespace

std::vector<std::string> names_for_vlan(std::string_view base, VlanId id, IfIndex nic, char letter) {
    const std::string number = std::to_string(id.number());
    const std::string behind = "." + number;
    std::vector<std::string> names{std::string(shortened(base, longest_name - behind.size())) + behind};
    std::string last = letter + number + "-" + std::to_string(nic.number());
    if (last.size() <= longest_name)
        names.push_back(std::move(last));
    return names;
}

std::string format_vlan_bridge(const VlanBridge& bridge, const std::string& network_namespace) {
    return format_record_line(network_namespace, bridge.nic,
                              {std::to_string(bridge.id.number()), bridge.device, bridge.bridge});
}

std::optional<VlanBridge> parse_vlan_bridge(std::string_view text, std::string_view network_namespace) {
    const auto line = parse_record_line(text, network_namespace, 3);
    const auto id = line ? parse_decimal(line->words[0]) : std::nullopt;
    if (!id || *id < first_vlan || *id > last_vlan)
        return std::nullopt;
    return VlanBridge{line->netdev, VlanId(*id), std::string(line->words[1]), std::string(line->words[2])};
}

} // namespace vifplug
