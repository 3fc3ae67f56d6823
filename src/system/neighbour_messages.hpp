// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "system/place.hpp"

#include <optional>

namespace vifplug {

// What the kernel writes about neighbours, and how to write it back for another netdev. All of it works
// on copies of messages and touches nothing.

/// A neighbour somebody made: permanent, or a proxy. Nothing for one the kernel found.
std::optional<Entry> read_host_neighbour(const Bytes& neighbour, const Place& here);
Bytes neighbour_for(const Bytes& neighbour, const Place& to);

/// The neighbour as a request for the netdev it was on.
Bytes neighbour_again(const Bytes& neighbour);

/// The VLAN of a bridge's forwarding entry.
std::optional<std::uint16_t> vlan_of_neighbour(const Bytes& neighbour);

} // namespace vifplug
