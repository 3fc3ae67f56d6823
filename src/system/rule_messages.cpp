// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/rule_messages.hpp"

#include "system/kernel_message.hpp"

#include <linux/fib_rules.h>

namespace vifplug {

std::optional<Entry> read_host_rule(const Bytes& rule, const Place& here) {
    const auto attributes = attributes_of<fib_rule_hdr>(rule);
    bool names_it = false;
    for (const int type : {FRA_IIFNAME, FRA_OIFNAME})
        if (const auto name = find(attributes, type))
            names_it = names_it || string_of(*name) == here.name;
    if (!names_it)
        return std::nullopt;
    const auto priority = find_number<std::uint32_t>(attributes, FRA_PRIORITY).value_or(0);
    return Entry{"rule " + std::to_string(priority), rule, rule_for(rule, here, {0, ""})};
}

Bytes rule_for(const Bytes& rule, const Place& from, const Place& to) {
    auto header = header_of<fib_rule_hdr>(rule);
    header.flags &= FIB_RULE_INVERT; // the others say whether the netdev is there
    return rewritten(rule, header, [&](Bytes& copy, const Attribute& attribute) {
        const bool names_it =
            (attribute.type == FRA_IIFNAME || attribute.type == FRA_OIFNAME) && string_of(attribute.data) == from.name;
        if (names_it)
            append_string(copy, attribute.type, to.name);
        else
            keep(copy, attribute);
    });
}

} // namespace vifplug
