// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "system/place.hpp"

#include <optional>

namespace vifplug {

// What the kernel writes about rules, and how to write it back for another netdev. All of it works
// on copies of messages and touches nothing.

/// A rule that names the netdev. Nothing for any other.
std::optional<Entry> read_host_rule(const Bytes& rule, const Place& here);
Bytes rule_for(const Bytes& rule, const Place& from, const Place& to);

} // namespace vifplug
