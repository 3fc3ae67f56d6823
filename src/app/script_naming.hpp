// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/vif_surroundings.hpp"
#include "app/vif_table.hpp"

namespace vifplug {

/// In domain 0 libxl calls the vif's script beside us. Xen's own gives vif and tap the vifname, and fails, and
/// with it the guest's start, where something has that name already, be it the vif itself (N5). So a netdev that is to
/// get a name is left to it until it has been there, or has not come for a while.
class ScriptNaming {
  public:
    using TimePoint = KeptVif::TimePoint;

    /// `scripts`, and `patience`, for which a script is waited for, may change meanwhile.
    ScriptNaming(const VifSurroundings& with, const VifScripts& scripts, const std::chrono::seconds& patience,
                 VifTable& table)
        : with_(with), scripts_(scripts), patience_(patience), table_(table) {}

    /// Whether the vif is left to its script now; it is looked at again when that may have changed. What the script has
    /// named is written down as vif-bridge does, so that it is known by that name.
    bool is_awaited(VifId id, KeptVif& vif, TimePoint now);

    /// The same of the vif's tap, whose script is called after the vif's.
    bool is_awaited_for_tap(VifId id, KeptVif& vif, TimePoint now);

  private:
    bool names(VifId id, KeptVif& vif) const;
    bool waits(PortKind kind, VifId id, KeptVif& vif, TimePoint now) const;

    const VifSurroundings& with_;
    const VifScripts& scripts_;
    const std::chrono::seconds& patience_;
    VifTable& table_;
};

} // namespace vifplug
