// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/host_state.hpp"

namespace vifplug {

// Routes that the kernel learned from a router (RFC 4861).

/// True for a route that may be one the kernel learned from a router: IPv6, through a gateway, for a time.
bool may_be_advertised(const Bytes& route);

/// A route as /proc/net/ipv6_route tells of it, and what netlink does not say: that a router advertised it.
struct AdvertisedRoute {
    Bytes destination; ///< 16 bytes
    unsigned prefix_length = 0;
    Bytes gateway;
    std::uint32_t metric = 0;

    friend bool operator==(const AdvertisedRoute&, const AdvertisedRoute&) = default;
};
AdvertisedRoute as_advertised(const Bytes& route);

/// The route as an Entry that is advertised: whatever made it anew, its protocol is that of advertisements.
Entry read_advertised_route(const Bytes& route, int index);

/// How long the route will be there, in seconds, and how it is preferred (RFC 4191), for making it anew.
struct AdvertisedLife {
    std::uint32_t seconds = 0;
    std::uint8_t preference = 0;
};
AdvertisedLife advertised_life(const Bytes& route, std::uint64_t elapsed);

} // namespace vifplug
