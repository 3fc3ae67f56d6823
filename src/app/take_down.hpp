// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"

namespace vifplug {

/// Takes the port off whatever it is a port of, and down, and runs the hooks. Never fails a dying domain and writes no
/// node: what cannot be done is logged. A netdev that is gone already is what was wanted (V3). With `dry_run`, prints
/// the steps instead.
void take_down(const HotplugCall& call, const Machine& machine);

} // namespace vifplug
