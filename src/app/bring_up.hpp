// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/machine.hpp"
#include "core/error.hpp"
#include "core/placed_port.hpp"
#include "core/step.hpp"
#include "system/run_directory.hpp"

#include <optional>

namespace vifplug {

/// How a vif is brought up where nobody stands by who waits for the end of the program.
struct Bringing {
    bool run_hooks = true;
    PortLock::Patience lock = PortLock::Patience::until_the_deadline;
    /// For a vif whose configuration has none: what it is known to have had, on this bridge.
    std::optional<Mtu> mtu = std::nullopt;
    std::optional<IfIndex> bridge = std::nullopt;
    /// Of one whose configuration has none the bridge that it is on is right, and when it is connected, its MTU.
    bool takes_over = false;
    /// The store knows of it already: what cannot be told now is no reason to undo it.
    bool is_repair = false;
};

/// There is no netdev that is the vif. There may be one in a moment.
class MissingNetdev : public Error {
  public:
    using Error::Error;
};

/// A vif that was brought up.
struct BroughtUp {
    PlacedPort place;                                 ///< as it is to stay
    PortNow before;                                   ///< as it was found
    Plan made;                                        ///< what was done about the difference
    std::optional<std::string> untold = std::nullopt; ///< of a repair: why the store could not be told
};

/// Puts the port where its configuration says, runs the hooks, and tells toolstack and guest. With `dry_run`, prints
/// the steps instead. Throws BadInput, Error, PlanFailed or HookFailed; the caller reports it. After the first three
/// the port is as it was, or the text says what is left; after a failed hook it stays where it is (H3).
BroughtUp bring_up(const HotplugCall& call, const Machine& machine, const Bringing& how = {});

/// Where the vif is, if nothing at all is left to do for it: it is in its place, and that it is connected was told.
/// Only looks. Throws what bring_up() throws before it does anything.
std::optional<PlacedPort> find_placed(const HotplugCall& call, const Machine& machine, const Bringing& how);

} // namespace vifplug
