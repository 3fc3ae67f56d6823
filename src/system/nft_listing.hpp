// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/filter_binding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The rules, sets and maps in nft's JSON listing of a ruleset (libnftables-json(5), with handles) that name `netdev`
/// where nft means an interface by number: iif, oif and sdif in comparisons, sets, maps and concatenations; fib's oif;
/// the device of dup and fwd; elements of type iface_index. The rules' text is left empty.
///
/// A comparison of which one cannot say what it means to one netdev (ranges, less and greater, masks) counts as one
/// that names it. Throws Error when the text is no such listing.
std::vector<FilterBinding> numbered_netdevs(std::string_view json, const std::string& netdev);

/// A rule in nft's own syntax, out of nft's listing of a ruleset in text with handles; empty when it is not there.
std::string rule_text(std::string_view listing, const FilterBinding& rule);

} // namespace vifplug
