// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan_bridge.hpp"

#include "core/text.hpp"

#include <limits>

namespace vifplug {

namespace {

constexpr std::string_view end_of_record = "."; // a line that a full disk cut short lacks it
constexpr std::size_t longest_name = 15;        // IFNAMSIZ less the terminating zero

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
    return network_namespace + " " + std::to_string(bridge.nic.number()) + " " + std::to_string(bridge.id.number()) +
           " " + bridge.device + " " + bridge.bridge + " " + std::string(end_of_record) + "\n";
}

std::optional<VlanBridge> parse_vlan_bridge(std::string_view text, std::string_view network_namespace) {
    const auto fields = words(text);
    if (fields.size() != 6 || fields[0] != network_namespace || fields[5] != end_of_record)
        return std::nullopt;
    const auto nic = parse_decimal(fields[1]);
    const auto id = parse_decimal(fields[2]);
    if (!nic || *nic == 0 || *nic > std::numeric_limits<int>::max() || !id || *id < first_vlan || *id > last_vlan)
        return std::nullopt;
    return VlanBridge{IfIndex(static_cast<int>(*nic)), VlanId(*id), std::string(fields[3]), std::string(fields[4])};
}

} // namespace vifplug
