// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/bridge_choice.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <string_view>

namespace vifplug {

namespace {

constexpr std::string_view bridge_prefix = "xenbr";
constexpr std::string_view nic_prefix = "eth";

bool is_numbered_nic(std::string_view name) {
    return name.starts_with(nic_prefix) && parse_decimal(name.substr(nic_prefix.size()));
}

} // namespace

bool is_bridge(const Link& link) {
    return link.kind == "bridge";
}

std::optional<BridgeFallback> bridge_fallback(const IfName& wanted, const std::optional<Link>& found) {
    using enum BridgeFallback::Meaning;
    const std::string_view name = wanted.str();
    if (!found && name.starts_with(bridge_prefix))
        return BridgeFallback{std::string(nic_prefix) + std::string(name.substr(bridge_prefix.size())), the_bridge};
    if (is_numbered_nic(name) && (!found || !is_bridge(*found)))
        return BridgeFallback{"p" + wanted.str(), a_port_of_it};
    return std::nullopt;
}

const Link* first_bridge(const std::vector<Link>& links) {
    const Link* first = nullptr;
    for (const Link& link : links)
        if (is_bridge(link) && (first == nullptr || link.name < first->name))
            first = &link;
    return first;
}

} // namespace vifplug
