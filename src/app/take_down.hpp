// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"
#include "system/run_directory.hpp"

namespace vifplug {

/// How a vif is taken down where nobody stands by who waits for the end of the program.
struct TakingDown {
    bool run_hooks = true;
    PortLock::Patience lock = PortLock::Patience::until_the_deadline;
};

/// Takes the port off whatever it is a port of, and down, and runs the hooks. Never fails a dying domain and writes no
/// node: what cannot be done is logged. A netdev that is gone already is what was wanted (V3). With `dry_run`, prints
/// the steps instead. Throws Error only when it may not wait for the lock, and LockBusy when somebody else has it.
void take_down(const HotplugCall& call, const Machine& machine, const TakingDown& how = {});

} // namespace vifplug
