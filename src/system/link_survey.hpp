// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/netlink_links.hpp"

#include <map>
#include <unordered_map>

namespace vifplug {

/// All netdevs as they were at one moment, for whoever asks about thousands of them: one list for each sort of
/// question, instead of several messages for each netdev. Nothing can be changed through it.
class LinkSurvey final : public Links {
  public:
    /// Lists the netdevs. Throws Error.
    explicit LinkSurvey(NetlinkLinks& links);

    /// Those with the index; the first question about addresses, VLANs or VLAN devices lists them.
    std::vector<Address> addresses(IfIndex index) override;
    VlanList vlans(IfIndex port) override;
    std::vector<PortVlans> all_port_vlans() override;
    std::vector<VlanDevice> vlan_devices() override;

    std::optional<Link> find(const std::string& name) override;
    std::optional<Link> find(IfIndex index) override;
    std::vector<Link> all() override;
    std::vector<Link> bridges() override;
    std::vector<Link> ports_of(IfIndex bridge) override;

    // These throw std::logic_error.
    void make(const VlanBridge& bridge) override;
    void remove(const VlanBridge& bridge) override;
    void forget_mac(const Netdev& port, const Mac& mac, const VlanList& vlans) override;
    void perform(const Step& step) override;

  private:
    NetlinkLinks& links_;
    std::unordered_map<int, Link> by_index_;
    std::unordered_map<std::string, IfIndex> by_name_;
    std::optional<std::unordered_map<int, std::vector<Address>>> addresses_;
    std::optional<std::vector<PortVlans>> port_vlans_;
    std::unordered_map<int, VlanList> vlans_;
    std::optional<std::vector<VlanDevice>> vlan_devices_;
};

} // namespace vifplug
