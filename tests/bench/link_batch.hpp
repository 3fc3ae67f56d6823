// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

struct nl_msg;
struct nlmsghdr;

namespace vifplug::bench {

/// Changes of netdevs that are sent to the kernel in few writes, so that what is measured is what follows of them.
class LinkBatch {
  public:
    /// `master` 0: off its bridge.
    void set_master(int index, int master);
    void set_down(int index);
    void set_mtu(int index, unsigned mtu);

    /// Throws std::system_error with the first refusal.
    void run();

  private:
    struct FreeMessage {
        void operator()(nl_msg* message) const noexcept;
    };

    nl_msg* add(int index, unsigned flags, unsigned change);

    std::vector<std::unique_ptr<nl_msg, FreeMessage>> messages_;
};

int index_of(const std::string& netdev);

/// Sees which of the netdevs are in place, as the kernel tells of it (RTNLGRP_LINK).
class PortWatch {
  public:
    PortWatch();
    PortWatch(const PortWatch&) = delete;
    PortWatch& operator=(const PortWatch&) = delete;
    ~PortWatch();

    /// Until each of `ports`, which were in place when this was made, has been seen otherwise, and in place again: up
    /// on a bridge, with the MTU that a netdev is made with. Throws std::runtime_error after a while.
    void await_return(const std::vector<int>& ports);

  private:
    void read();
    void take(const nlmsghdr& message);

    int socket_;
    std::unordered_set<int> waits_for_; ///< all that have not left and come back
    std::unordered_set<int> has_left_;
};

/// Hears whether the kernel tells of netdevs at all.
class LinkEar {
  public:
    LinkEar();
    LinkEar(const LinkEar&) = delete;
    LinkEar& operator=(const LinkEar&) = delete;
    ~LinkEar();

    /// Since it was asked last.
    bool has_heard();

  private:
    int socket_;
};

} // namespace vifplug::bench
