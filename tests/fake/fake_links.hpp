// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/links.hpp"

#include <limits>
#include <map>
#include <memory>

namespace vifplug::test {

/// Links in memory. What it answers is pinned by tests/contract, which runs the same expectations on a kernel.
class FakeLinks final : public Links {
  public:
    std::optional<Link> find(const std::string& name) override;
    std::optional<Link> find(IfIndex index) override;
    std::vector<Link> all() override;
    std::vector<Link> bridges() override;
    std::vector<VlanDevice> vlan_devices() override { return vlan_devices_; }
    std::vector<Address> addresses(IfIndex index) override;
    VlanList vlans(IfIndex port) override;
    std::vector<PortVlans> all_port_vlans() override;
    std::vector<Link> ports_of(IfIndex bridge) override;
    void make(const VlanBridge& bridge) override;
    void remove(const VlanBridge& bridge) override;
    void forget_mac(const ::vifplug::Netdev& port, const Mac& mac, const VlanList& vlans) override;
    void perform(const Step& step) override;

    /// A new netdev of the kind given, down and without an address. The MAC is made from the index.
    Link add(const std::string& name, const std::string& kind);
    void remove(const std::string& name);

    /// Which VLANs a port's MAC address was forgotten in.
    const VlanList& forgotten() const { return forgotten_; }
    void set_vlan_settings(const std::string& name, const BridgeVlanSettings& settings);
    void remove_vlan_device(const std::string& name);
    void add_vlan_device(const VlanDevice& device) { vlan_devices_.push_back(device); }
    void give_address(const std::string& name, const Address& address);

    /// The call of perform() with this number (from 0) is refused with `errno_value`, and so are those after it as
    /// long as `failures` last.
    void fail_at(std::size_t number, int errno_value, std::size_t failures = 1);

    /// Steps asked for so far, refused ones too.
    std::size_t performed() const { return performed_; }

    /// As it is now: what becomes of this one is not seen in it.
    std::unique_ptr<Links> copy() const;

    /// All there is, for comparing before and after.
    std::string picture() const;

  private:
    struct Netdev {
        Link link;
        std::vector<Address> addresses;
        VlanList vlans;
    };

    Netdev* at(IfIndex index);
    void make(const Step& step);

    std::map<int, Netdev> netdevs_;
    std::vector<VlanDevice> vlan_devices_;
    VlanList forgotten_;
    int next_index_ = 2;
    std::size_t performed_ = 0;
    std::size_t first_failure_ = std::numeric_limits<std::size_t>::max();
    std::size_t failures_ = 0;
    int failure_errno_ = 0;
};

} // namespace vifplug::test
