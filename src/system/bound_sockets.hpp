// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vifplug {

/// A socket that sends and receives through one netdev only, which it knows by number.
struct BoundSocket {
    enum class Kind : std::uint8_t { tcp, udp, raw, packet };

    Kind kind = Kind::tcp;
    unsigned number = 0;     ///< the local port; of a raw socket the IP protocol, of a packet socket the EtherType
    std::uint32_t inode = 0; ///< 0 when no process has it any more
};

/// The sockets with SO_BINDTODEVICE (which connections over IPv6 link-local addresses have, too) and the packet sockets
/// on the netdev. A kind that this kernel cannot list (CONFIG_INET_DIAG, CONFIG_PACKET_DIAG) is left out. Throws Error.
std::vector<BoundSocket> sockets_bound_to(IfIndex index);

/// "dhclient (pid 812)" for each of the sockets that a process in /proc has open; the first one that is found.
std::map<std::uint32_t, std::string> owners_of(const std::set<std::uint32_t>& inodes);

} // namespace vifplug
