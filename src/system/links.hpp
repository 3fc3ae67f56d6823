// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/carried_vlans.hpp"
#include "core/link.hpp"
#include "core/step.hpp"
#include "core/vlan.hpp"
#include "core/vlan_bridge.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// An 8021q device: it takes the frames of its VLAN from the netdev it is on, before a bridge sees them.
struct VlanDevice {
    std::string name;
    IfIndex index;
    IfIndex lower;
    VlanId id;
};

/// The netdevs of one network namespace. Every call throws Error when the kernel refuses or does not answer.
class Links {
  public:
    Links() = default;
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    virtual ~Links() = default;

    /// Nothing when no netdev has the name, or the number. A name longer than the kernel's names is nobody's.
    virtual std::optional<Link> find(const std::string& name) = 0;
    virtual std::optional<Link> find(IfIndex index) = 0;

    /// Every netdev, in no order.
    virtual std::vector<Link> all() = 0;

    /// Every bridge (the kernel's own, not Open vSwitch's), in no order.
    virtual std::vector<Link> bridges() = 0;

    /// Every 8021q device of this namespace that is on a netdev of this namespace, in no order.
    virtual std::vector<VlanDevice> vlan_devices() = 0;

    /// The addresses of one netdev in the order the kernel lists them; none when the netdev is gone.
    virtual std::vector<Address> addresses(IfIndex index) = 0;

    /// The ports of every bridge with their VLANs, in no order.
    virtual std::vector<PortVlans> all_port_vlans() = 0;

    /// The ports of one bridge, in no order.
    virtual std::vector<Link> ports_of(IfIndex bridge) = 0;

    /// Makes the VLAN device and the bridge it is a port of, with the NIC's MTU, as far as they are missing, and sets
    /// them up: what bears their names is taken for them. On Error neither is there, unless the bridge was before.
    virtual void make(const VlanBridge& bridge) = 0;

    /// Removes what make() made, as far as it is there: the device only where it is the NIC's.
    virtual void remove(const VlanBridge& bridge) = 0;

    /// Removes the permanent entries by which the port's bridge keeps frames for this MAC address to itself, one for
    /// each of the VLANs. One that is not there is no failure.
    virtual void forget_mac(const Netdev& port, const Mac& mac, const VlanList& vlans) = 0;

    /// The VLANs of a port; none when it is gone or on no bridge.
    virtual VlanList vlans(IfIndex port) = 0;

    /// Makes the one change. On Error nothing was changed.
    virtual void perform(const Step& step) = 0;
};

} // namespace vifplug
