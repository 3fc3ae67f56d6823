// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"
#include "system/host_picture.hpp"

#include <vector>

namespace vifplug {

/// What a bridge that was there before us has for itself, and keeps. Nothing of one that is ours.
HostState own_state_of_bridge(const Uplink& uplink, const HostPicture& picture);

/// A state without what is `own`. A route that both may have moves where one of the addresses that move brings it.
HostState without(HostState state, const HostState& own);

/// A state without these, wherever they are in it.
HostState without_entries(HostState state, const std::vector<Entry>& entries);

} // namespace vifplug
