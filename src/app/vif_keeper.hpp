// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/script_naming.hpp"
#include "app/vif_news.hpp"
#include "app/vif_placer.hpp"
#include "app/vif_surroundings.hpp"
#include "app/vif_survey.hpp"
#include "app/vif_table.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vifplug {

/// Places vifs, and keeps them in their place: the daemon without its waiting. Knows no clock: whoever calls says what
/// time it is.
class VifKeeper {
  public:
    using TimePoint = KeptVif::TimePoint;

    /// What can be changed while it runs.
    struct Settings {
        VifScripts scripts;
        std::chrono::seconds patience; ///< how long what is missing, a netdev, a bridge or a name, is waited for
    };

    VifKeeper(VifSurroundings surroundings, Settings settings);

    /// Has everything looked at again. Throws Error.
    void look_at_all();

    /// News of the kernel was lost: what was read of all links at once is not to be believed any more.
    void forget_survey() { survey_.end(); }

    /// As look_at_all(), where nothing of what was read before can be trusted: the store was away. Throws Error.
    void start_over();

    /// As start_over(), and as if nobody had fought for a vif: somebody asks for it.
    void reconcile();
    void reconcile(VifId id);

    /// Both count from the next look at each vif.
    void take(Settings settings) { settings_ = std::move(settings); }
    void take(Residence residence) { with_.residence = residence; }

    /// What was heard of the store, and of the kernel. What concerns all is start_over(), and so is the first event of
    /// a watch. Throws Error.
    void heard(const Concern& concern);
    void heard(const std::vector<LinkChange>& changes);
    void program_ended(VifId id, int status, TimePoint now);

    /// It has begun what start_program() was asked for.
    void program_begun(VifId id, Verb verb);

    /// Looks at one vif that is marked. False when none is. Throws when the store has gone away; the vif stays marked.
    bool work(TimePoint now);

    /// The time at which mark_due() has something to do; nothing when there is nothing to wait for.
    std::optional<TimePoint> next_time() const { return table_.next_time(); }
    void mark_due(TimePoint now) { table_.mark_due(now); }

    const std::map<VifId, KeptVif>& vifs() const { return table_.vifs(); }

    /// How many vifs wait to be looked at.
    std::size_t marked() const { return table_.marked(); }

  private:
    void look(VifId id, KeptVif& vif, TimePoint now);
    void look_at_uplinks(const std::set<int>& ports);
    Duty duty(VifId id, KeptVif& vif);
    void leave(VifId id, const KeptVif& vif);
    static void rest(KeptVif& vif, KeptVif::Phase phase);

    void place(VifId id, KeptVif& vif, TimePoint now);
    bool place_by_program(VifId id, KeptVif& vif, TimePoint now);
    void place_or_wait(VifId id, KeptVif& vif, TimePoint now);
    bool is_found_placed(VifId id, KeptVif& vif);
    bool is_told(VifId id, KeptVif& vif);
    bool is_for_a_program(VifId id, KeptVif& vif);
    bool is_left_to_its_script(VifId id, KeptVif& vif, TimePoint now);

    void wait(VifId id, KeptVif& vif, const std::string& reason, TimePoint now);
    void fail(VifId id, KeptVif& vif, const std::string& reason);
    void fail_for_now(VifId id, KeptVif& vif, const std::string& reason, TimePoint now);
    static bool waits_for_its_next_try(const KeptVif& vif, TimePoint now);
    void try_again(VifId id, KeptVif& vif, TimePoint now);
    void tell_failure(VifId id, KeptVif& vif, const std::string& reason);

    void detach(VifId id, KeptVif& vif, TimePoint now);
    void remove_backend(VifId id, KeptVif& vif);

    bool has_hooks_to_run() const;
    bool hooks_take_leave(VifId id, const KeptVif& vif) const;

    VifSurroundings with_;
    Settings settings_;
    VifTable table_;
    VifNews news_;
    ScriptNaming naming_;
    VifPlacer placer_;
    VifSurvey survey_; ///< for the vifs of the last look_at_all()
};

} // namespace vifplug
