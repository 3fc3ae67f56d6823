// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/host_network.hpp"
#include "system/netlink_links.hpp"
#include "system/netlink_socket.hpp"

#include <functional>

namespace vifplug {

/// The kernel's, through rtnetlink, in the network namespace of the process.
class NetlinkHostNetwork final : public HostNetwork {
  public:
    /// Throws Error.
    NetlinkHostNetwork();

    HostPicture look() override;
    bool keeps_mac(const Netdev& port, const Mac& mac) override;
    VlanList vlans(IfIndex netdev) override;
    void perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) override;

  private:
    void list(const std::function<NetlinkMessage()>& question, const std::string& tried, std::vector<Bytes>& into);
    void make(const MakeBridge& step);
    void make(const MakePair& step);
    void set_arp(const SetArp& step);
    void copy_settings(const CopySettings& step, const HostPicture& picture);
    void move_altnames(const MoveAltnames& step, const HostPicture& picture);
    void forget_mac(const ForgetMac& step);
    std::vector<Bytes> own_entries(const Netdev& port, const Mac& mac);
    void take(const Netdev& from, const HostState& state, const HostPicture& picture);
    void add_advertised(const std::vector<Entry>& routes, const Place& here, std::uint64_t elapsed);
    void give(const GiveState& step, const HostState& state, const HostPicture& picture);
    void make_with_scaffold(const std::vector<Entry>& routes, const HostState& state, const Place& here);
    void await_addresses(const HostState& state, const Place& here);
    void mend(const GiveState& step, const HostState& state);

    NetlinkSocket socket_;
    NetlinkLinks links_;
};

} // namespace vifplug
