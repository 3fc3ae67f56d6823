// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"

namespace vifplug {

/// Puts the port where its configuration says, runs the hooks, and tells toolstack and guest. With `dry_run`, prints
/// the steps instead. Throws BadInput, Error, PlanFailed or HookFailed; the caller reports it. After the first three
/// the port is as it was, or the text says what is left; after a failed hook it stays where it is (H3).
void bring_up(const HotplugCall& call, const Machine& machine);

} // namespace vifplug
