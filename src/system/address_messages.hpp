// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"
#include "system/place.hpp"

#include <optional>

namespace vifplug {

// What the kernel writes about addresses, and how to write it back for another netdev. All of it works
// on copies of messages and touches nothing.

/// An address of `here`, as an Entry. Nothing for what the kernel makes and removes itself.
std::optional<Entry> read_host_address(const Bytes& address, const Place& here);

/// The address as a request for `to`. Remaining lifetimes are shortened by `elapsed` seconds. `nodad`: an IPv6 address
/// that is known to be ours alone, since it was so a moment ago.
Bytes address_for(const Bytes& address, const Place& from, const Place& to, std::uint64_t elapsed, bool nodad);

/// The address as a request to remove it from `here`. Without its label, which the kernel would insist on and changes
/// when a netdev is renamed.
Bytes address_off(const Bytes& address, const Place& here);

/// The host's own address, in network byte order.
Bytes own_address_of(const Bytes& address);

/// True when DAD has found the IPv6 address to be nobody else's.
bool is_known_to_be_ours(const Bytes& address);

/// The address as if it had been read from `to`.
Bytes address_as_of(const Bytes& address, const Place& from, const Place& to);

/// The address as a request for the netdev it was on.
Bytes again_without_dad(const Bytes& address);

/// Whether it is one address of one netdev, whatever else is said of it.
bool is_same_address(const Bytes& a, const Bytes& b);

} // namespace vifplug
