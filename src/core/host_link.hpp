// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// What somebody may set of a netdev's IFF_ flags, and what a port of ours has off.
struct LinkFlags {
    bool arp = true;
    bool multicast = true;
    bool allmulti = false;
    bool promiscuous = false;
    bool dynamic = false;

    friend bool operator==(const LinkFlags&, const LinkFlags&) = default;
};

/// A netdev with what matters when the host itself uses it.
struct HostLink {
    Link link;
    LinkFlags flags;
    bool ethernet = true;
    bool loopback = false;
    std::uint32_t group = 0;
    std::string alias;
    std::vector<std::string> altnames;
    std::optional<IfIndex> lower;   ///< what it sits on: a VLAN device's parent, a tunnel's way out
    bool mac_follows_lower = false; ///< a VLAN device whose MAC address is its parent's, and changes with it
};

} // namespace vifplug
