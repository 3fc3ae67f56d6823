// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"
#include "system/host_network.hpp"

namespace vifplug {

/// Writes down what a bridge that is not ours has for itself, where a fixed list changes that. Before anything else.
void note_own_vlans(Uplink& uplink, const HostPicture& picture, HostNetwork& network);

/// Adds what there is of VLANs, as far as the uplink has to do with them: without, nothing is asked.
void view_vlans(const Uplink& uplink, UplinkNow& now, HostNetwork& network);

/// Whether somebody else's bridge that we turned filtering on for has been left with it: guests rely on it by now.
bool goes_on_filtering(const Uplink& uplink, HostNetwork& network);

} // namespace vifplug
