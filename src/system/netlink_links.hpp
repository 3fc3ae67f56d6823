// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/links.hpp"
#include "system/netlink_socket.hpp"

#include <utility>
#include <vector>

namespace vifplug {

/// The kernel's netdevs, through rtnetlink, in the network namespace of the process.
class NetlinkLinks final : public Links {
  public:
    /// Throws Error.
    NetlinkLinks();

    /// Every address with the netdev it is on, in no order.
    std::vector<std::pair<IfIndex, Address>> all_addresses();

    std::optional<Link> find(const std::string& name) override;
    std::optional<Link> find(IfIndex index) override;
    std::vector<Link> all() override;
    std::vector<Link> bridges() override;
    std::vector<VlanDevice> vlan_devices() override;
    std::vector<Address> addresses(IfIndex index) override;
    std::vector<PortVlans> all_port_vlans() override;
    std::vector<Link> ports_of(IfIndex bridge) override;
    void make(const VlanBridge& bridge) override;
    void remove(const VlanBridge& bridge) override;
    void forget_mac(const Netdev& port, const Mac& mac, const VlanList& vlans) override;
    VlanList vlans(IfIndex port) override;
    void perform(const Step& step) override;

  private:
    void perform_change(const ChangeVlans& step);
    void dump_kind(const std::string& kind, const std::string& tried, const std::function<void()>& start_over,
                   const NetlinkSocket::OnMessage& on_message);
    std::optional<Link> ask_for_link(NetlinkMessage question, const std::string& tried);

    NetlinkSocket socket_;
};

} // namespace vifplug
