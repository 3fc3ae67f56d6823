// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"

#include <optional>
#include <string>

namespace vifplug {

// A NIC that is on a bridge already stays as it is. What is said about VLANs and is not so has to be told, or everybody
// would take it for done.

/// A sentence on what the configuration file says of VLANs by now, where the NIC is set up with something else; nothing
/// where both agree. What vif-bridge reads in the file for a NIC that was set up without a word on VLANs is no
/// difference: it holds from the next vif on.
std::optional<std::string> outdated_vlans(const Uplink& uplink, const UplinkRequest& configured);

/// A sentence on what a request says of VLANs for a NIC on a bridge that is somebody else's, and that is not so there;
/// nothing where all is. What vif-bridge reads in the file for a NIC that is itself the port holds there as well.
std::optional<std::string> passed_over_vlans(const UplinkRequest& request, const HostLink& nic, const HostLink& bridge);

} // namespace vifplug
