// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/hotplug_call.hpp"
#include "system/store.hpp"

#include <string>

namespace vifplug {

/// Tells toolstack and guest that the vif could not be placed, and why; in no node of a backend that is gone. Throws
/// Error.
void write_failure_report(Store& store, const HotplugCall& call, const std::string& reason);

} // namespace vifplug
