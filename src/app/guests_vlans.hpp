// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/nic_vlans.hpp"
#include "core/ownership.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// A NIC that comes to a bridge, or comes back, carries no VLAN of the guests that are there already. Lets each NIC on
/// record carry what the ports on its bridge have that are noted as having VLANs of their own, as carry_vlans() does
/// for one of them. A NIC whose VLANs have a bridge each is left alone. Throws Error.
std::vector<std::string> carry_vlans_of_guests(const std::vector<PortRecord>& noted, const KnownUplinks& known,
                                               const VlanDesk& desk);

/// The same for all that is noted in the run directory, on the kernel. Says what is wrong, and never throws: what
/// network-bridge has done stays done.
void carry_for_guests(const std::string& run_directory, EventLog& log);

} // namespace vifplug
