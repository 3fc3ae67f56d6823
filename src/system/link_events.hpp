// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/link_change.hpp"
#include "system/netlink_socket.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace vifplug {

/// What changes about netdevs, bridge ports and their VLANs, as the kernel tells it to whoever listens (RTNLGRP_LINK,
/// RTNLGRP_BRVLAN). Listens from construction, so that a look afterwards misses nothing.
class LinkEvents {
  public:
    /// Throws Error.
    LinkEvents();

    /// Readable when there is something to read. Not to be read from.
    int descriptor() const;

    struct News {
        std::vector<LinkChange> changes; ///< the oldest first
        bool lost = false;               ///< some were lost: everything has to be looked at
        bool more = false;               ///< there may be more to read at once
    };

    /// What has happened since the last call, some hundred changes at the most. Never waits. Throws Error.
    News read();

  private:
    /// Adds what the message tells.
    void add_changes(std::uint8_t* message, std::size_t length, News& news) const;

    std::unique_ptr<nl_sock, Call<nl_socket_free>> socket_;
    std::unique_ptr<std::uint8_t[]> buffer_; ///< for all that are read at once
};

} // namespace vifplug
