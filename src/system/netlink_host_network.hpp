// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/host_network.hpp"
#include "system/netlink_links.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

/// The kernel's, through rtnetlink, in the network namespace of the process.
class NetlinkHostNetwork final : public HostNetwork {
  public:
    /// Throws Error.
    NetlinkHostNetwork();

    HostPicture look() override;
    bool keeps_mac(const Netdev& port, const Mac& mac) override;
    void perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) override;

  private:
    NetlinkSocket socket_;
    NetlinkLinks links_;
};

} // namespace vifplug
