// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"

namespace vifplug {

/// Takes away what was made on the host for VLANs that no guest has any more; to be called when a port has left its
/// bridge, or has other VLANs. Throws Error.
void tidy_up_vlans(const Machine& machine);

} // namespace vifplug
