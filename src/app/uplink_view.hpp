// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"
#include "system/host_network.hpp"

namespace vifplug {

/// Finds an uplink's netdevs in a picture, whatever they are called by now. With `state`, says where it is.
UplinkNow view_uplink(const Uplink& uplink, const HostPicture& picture, const HostState* state, HostNetwork& network);

/// Whether this kernel renames a netdev that is up: Linux 6.2 and later do (bd039b5ea2a9). A kernel that refuses all
/// the same is believed.
bool kernel_renames_live();

} // namespace vifplug
