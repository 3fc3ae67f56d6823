// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_step.hpp"
#include "system/host_picture.hpp"

#include <vector>

namespace vifplug {

/// The network of the host itself. Every call throws Error when the kernel refuses or does not answer.
class HostNetwork {
  public:
    HostNetwork() = default;
    HostNetwork(const HostNetwork&) = delete;
    HostNetwork& operator=(const HostNetwork&) = delete;
    virtual ~HostNetwork() = default;

    virtual HostPicture look() = 0;

    /// True while the bridge takes frames to this MAC address for its own because of the port that has it.
    virtual bool keeps_mac(const Netdev& port, const Mac& mac) = 0;

    /// The VLANs of a port, or of a bridge for itself; none when it is gone or on no bridge.
    virtual VlanList vlans(IfIndex netdev) = 0;

    /// Makes the one change. `state` is what TakeState and GiveState are about, `picture` what was seen before.
    /// On Error of GiveState some of it may have been made; of any other step, nothing.
    virtual void perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) = 0;
};

} // namespace vifplug
