// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/script_naming.hpp"
#include "app/vif_surroundings.hpp"
#include "app/vif_table.hpp"

#include <optional>
#include <set>
#include <string>

namespace vifplug {

struct BroughtUp;

/// Puts the netdevs of a vif in their place and takes them out, and writes down where that is and what it found. When
/// to do so, and what to do about a failure, is the VifKeeper's to say. Throws what bring_up() throws.
class VifPlacer {
  public:
    using TimePoint = KeptVif::TimePoint;

    VifPlacer(const VifSurroundings& with, ScriptNaming& naming, VifTable& table)
        : with_(with), naming_(naming), table_(table) {}

    /// Places the vif, and its tap where it has one, or puts them back. False when somebody else is at work for it;
    /// what set_down_where_nothing_filters() does is done all the same.
    bool place(VifId id, KeptVif& vif, TimePoint now);

    /// Where the vif is, by a survey of all links, if nothing is left to do for it.
    std::optional<PlacedPort> find_in(Links& survey, VifId id, KeptVif& vif) const;
    void take_as_placed(VifId id, KeptVif& vif, const PlacedPort& place);

    /// Of a vif that does not get to where it is meant to be now: ports that have VLANs stay on the bridge that they
    /// were put on, but not up where that has come to let all of them through.
    void set_down_where_nothing_filters(VifId id, const KeptVif& vif);

    /// Takes them off their bridges. False when somebody else is at work for it.
    bool take_off(VifId id, KeptVif& vif);

    /// The netdev is not where it was placed, or is nobody's concern any more.
    void let_go(PortKind kind, VifId id, KeptVif& vif);

    /// Throws what place() would throw before it does anything. False when somebody else is at work for it.
    bool check(VifId id, KeptVif& vif) const;

  private:
    std::optional<PlacedPort> look(Links& links, VifId id, KeptVif& vif) const;
    void keep(VifId id, KeptVif& vif, TimePoint now);
    std::optional<Link> port_with_vlans(PortKind kind, VifId id, const KeptVif& vif) const;
    void keep_both(VifId id, KeptVif& vif, TimePoint now);
    void keep_tap(VifId id, KeptVif& vif, TimePoint now);
    std::optional<std::string> tap_of(VifId id, const KeptVif& vif) const;
    void follow_rename(PortKind kind, VifId id, const PlacedPort& before);
    PlacedPort bring(Verb verb, VifId id, KeptVif& vif, TimePoint now);
    bool note(PortKind kind, VifId id, KeptVif& vif, const BroughtUp& done, TimePoint now);
    void note_repair(const std::string& netdev, KeptVif& vif, const std::string& drift, bool bridge_stayed,
                     TimePoint now);
    void settle(VifId id, KeptVif& vif, const PlacedPort& place);
    static void be_content(KeptVif& vif);
    void warn_of_bridge(const Netdev& bridge);
    Machine machine(Links& links, KeptVif& vif, Deadline& deadline, EventLog& log) const;

    const VifSurroundings& with_;
    ScriptNaming& naming_;
    VifTable& table_;
    std::set<int> warned_of_; ///< bridges, by their index
};

/// What vif-bridge would be called with.
HotplugCall call_for(VifId id, Verb verb, const std::string& netdev);

} // namespace vifplug
