// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"
#include "core/uplink_step.hpp"

namespace vifplug {

// Each of these gives the steps from what is to what is wanted, from whatever was left in the middle, and none when
// nothing differs. So the same functions start, stop, take back what failed or died, and say whether all is well.

/// Makes the bridge and the host's veth and sets them up, without touching the NIC. What depends on a netdev that is
/// not there yet comes in the next round.
UplinkPlan plan_build(const Uplink& uplink, const UplinkNow& now);

/// What there would be when the netdevs that plan_build() makes were there, and when all it plans was made: for saying
/// beforehand what comes next.
UplinkNow as_if_made(const Uplink& uplink, UplinkNow now);
UplinkNow as_if_built(const Uplink& uplink, UplinkNow now);

/// What there would be when the names were those of before start.
UplinkNow as_if_switched_out(const Uplink& uplink, UplinkNow now);

/// Puts the NIC into the bridge and the host behind it. The names change first, while everything still works; then the
/// NIC becomes a port; addresses and routes move last, in one go. The NIC's MAC address changes only while it has no
/// address, or the kernel could tell the neighbours the wrong one (arp_notify).
UplinkPlan plan_switch_in(const Uplink& uplink, const UplinkNow& now);

/// The uplink as it is to be given back: with the MAC address, the MTU and the flags that the host's netdev has by now,
/// where that is a thing of ours.
Uplink with_what_the_host_has(Uplink uplink, const UplinkNow& now);

/// Gives the NIC its name and the host's state back.
UplinkPlan plan_switch_out(const Uplink& uplink, const UplinkNow& now);

/// Removes what start made and nobody needs any more. A bridge of ours on which somebody else has a port stays.
UplinkPlan plan_clear(const Uplink& uplink, const UplinkNow& now);

/// The ports on the uplink's bridge that are neither the NIC nor the host's.
std::vector<std::string> guests_on(const Uplink& uplink, const UplinkNow& now);

} // namespace vifplug
