// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// A part of the packet filter that knows a netdev by its number (nft's iif and oif, but not iifname and oifname). A
/// rename does not change the number, so it goes on to mean the netdev and not whoever bears the name then.
struct FilterBinding {
    enum class Kind : std::uint8_t { rule, set, map, chain, flowtable };

    Kind kind = Kind::rule;
    std::string family; ///< "inet"
    std::string table;
    std::string name;         ///< the set, map, chain or flowtable; of a rule, its chain
    std::uint64_t handle = 0; ///< only a rule has one here
    std::string text;         ///< a rule in nft's own syntax; may be empty

    friend bool operator==(const FilterBinding&, const FilterBinding&) = default;
};

/// Why the netdev cannot be renamed to `new_name`, in one sentence for BadInput: what is bound, where, and what to
/// write instead. Names the first three and counts the others. `bindings` has at least one.
std::string refusal_for(const std::vector<FilterBinding>& bindings, std::string_view netdev, std::string_view new_name);

} // namespace vifplug
