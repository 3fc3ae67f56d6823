// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/uplink_desk.hpp"
#include "core/uplink_call.hpp"

namespace vifplug {

/// Prints what an operator needs of the uplinks a call means, all of them where it names none, and gives the exit
/// status: 0 set up, 3 not set up, 1 broken or unfinished.
int print_status(const UplinkDesk& desk, const UplinkCall& call);

} // namespace vifplug
