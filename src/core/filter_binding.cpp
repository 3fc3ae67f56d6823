// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/filter_binding.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace vifplug {

namespace {

using Kind = FilterBinding::Kind;

constexpr std::size_t most_named = 3;

std::string_view name_of(Kind kind) {
    switch (kind) {
    case Kind::rule:
        return "rule";
    case Kind::set:
        return "set";
    case Kind::map:
        return "map";
    case Kind::chain:
        return "chain";
    case Kind::flowtable:
        return "flowtable";
    }
    return "";
}

std::string rule_itself(const FilterBinding& rule) {
    const std::string handle = "handle " + std::to_string(rule.handle);
    return rule.text.empty() ? "the rule with " + handle : "rule " + in_quotes(rule.text) + " (" + handle + ")";
}

std::string where_it_is(const FilterBinding& binding) {
    std::string text;
    if (binding.kind == Kind::rule)
        text = rule_itself(binding) + " in chain ";
    else
        text = std::string(name_of(binding.kind)) + " ";
    return text + printable(binding.name) + " of table " + printable(binding.family) + " " + printable(binding.table);
}

std::string enumeration(const std::vector<FilterBinding>& bindings) {
    const std::size_t named = std::min(bindings.size(), most_named);
    std::string text;
    for (std::size_t i = 0; i < named; ++i) {
        if (i > 0)
            text += i + 1 == bindings.size() ? " and " : ", ";
        text += where_it_is(bindings[i]);
    }
    if (bindings.size() > named)
        text += " and " + std::to_string(bindings.size() - named) + " more";
    return text;
}

bool has(const std::vector<FilterBinding>& bindings, Kind one, Kind other) {
    return std::any_of(bindings.begin(), bindings.end(),
                       [&](const FilterBinding& b) { return b.kind == one || b.kind == other; });
}

std::string remedies(const std::vector<FilterBinding>& bindings) {
    std::string text;
    if (has(bindings, Kind::rule, Kind::rule))
        text += "write iifname and oifname instead of iif and oif, ";
    if (has(bindings, Kind::set, Kind::map))
        text += "make sets and maps of type ifname instead of iface_index, ";
    if (has(bindings, Kind::chain, Kind::flowtable))
        text += "take the netdev out of chains and flowtables, ";
    return text + "or say firewall=ignore";
}

} // namespace

std::string refusal_for(const std::vector<FilterBinding>& bindings, std::string_view netdev,
                        std::string_view new_name) {
    const bool single = bindings.size() == 1;
    return "netdev=" + in_quotes(netdev) + ": " + enumeration(bindings) + (single ? " is" : " are") +
           " bound to the interface by number and would follow it to " + printable(new_name) + "; " +
           remedies(bindings);
}

} // namespace vifplug
