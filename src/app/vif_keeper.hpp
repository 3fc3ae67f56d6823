// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/machine.hpp"
#include "core/link_change.hpp"
#include "core/placed_port.hpp"
#include "core/repair_pace.hpp"
#include "core/vif_duty.hpp"
#include "core/vif_history.hpp"
#include "core/watch_path.hpp"
#include "system/link_survey.hpp"
#include "system/store_copy.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vifplug {

struct BroughtUp;

/// What the keeper knows of one vif.
struct KeptVif {
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Phase {
        not_ours, ///< its script is somebody else's
        idle,     ///< there is nothing to do for it now
        waiting,  ///< for its netdev or its bridge
        placed,
        failed,
        detached
    };

    KeptVif(Store& store, VifId id) : nodes(store, BackendPath::of(id).path), netdev(netdev_name(id, PortKind::vif)) {}

    StoreCopy nodes;
    Phase phase = Phase::idle;
    std::optional<PlacedPort> place = {}; ///< where it was put, and is to stay
    std::string netdev;                   ///< what it was called when it was seen last
    std::string reason = {};              ///< why it waits or failed
    std::optional<TimePoint> waits_since = {};
    bool was_told = false; ///< the store has the reason
    std::optional<TimePoint> again = {};
    std::chrono::seconds retry{0};
    bool is_configured_anew = true; ///< its nodes changed since it was placed
    RepairPace pace = {};
    VifHistory history = {};
};

/// "placed".
std::string name_of(KeptVif::Phase phase);

/// Places vifs, and keeps them in their place: the daemon without its waiting. Events only mark which vif to look at;
/// what is true is read from the store and the kernel when work() comes to it. Knows no clock: whoever calls says what
/// time it is.
class VifKeeper {
  public:
    using TimePoint = KeptVif::TimePoint;
    using Log = std::function<void(const EventLog::Line& line)>;

    struct Surroundings {
        Links& links;
        Store& store;
        std::function<bool()> store_is_there; ///< asked after a failure
        const RunDirectory& run;
        const VlanRecords& vlan_records;
        std::function<KnownUplinks()> known_uplinks;
        std::function<std::unique_ptr<Links>()> survey; ///< of all links at once; may give none
        Residence residence;
        Log log;
    };

    /// What can be changed while it runs.
    struct Settings {
        VifScripts scripts;
        std::chrono::seconds patience; ///< how long a missing netdev or bridge is waited for before it is an error
    };

    VifKeeper(Surroundings surroundings, Settings settings);

    /// Has everything looked at again, and whatever the store has now. Throws Error.
    void look_at_all();

    /// As look_at_all(), where nothing of what was read before can be trusted: the store was away. Throws Error.
    void start_over();

    void take(Settings settings);

    /// As start_over() for one vif.
    void look_at(VifId id);

    Residence residence() const { return with_.residence; }
    void take(Residence residence) { with_.residence = residence; }

    /// A watch has reported. Throws Error.
    void heard(const Concern& concern);
    void heard(const std::vector<LinkChange>& changes);

    /// Looks at one vif that is marked. False when none is. Throws when the store has gone away; the vif stays marked.
    bool work(TimePoint now);

    /// The time at which work_due() has something to do; nothing when there is nothing to wait for.
    std::optional<TimePoint> next_time() const;

    /// Marks the vifs whose time has come.
    void mark_due(TimePoint now);

    const std::map<VifId, KeptVif>& vifs() const { return vifs_; }

    /// How many vifs wait to be looked at.
    std::size_t marked() const { return queue_.size(); }

  private:
    using Clock = std::chrono::system_clock;

    void mark(VifId id);
    void discover_domain(const std::string& name);
    void look(VifId id, KeptVif& vif, TimePoint now);
    Duty duty(VifId id, KeptVif& vif);
    void keep(VifId id, KeptVif& vif, const HotplugCall& call, TimePoint now);
    void note(VifId id, KeptVif& vif, const BroughtUp& done, TimePoint now);
    void fail_for_now(VifId id, KeptVif& vif, const std::string& reason, TimePoint now);
    void place(VifId id, KeptVif& vif, TimePoint now);
    bool is_found_placed(VifId id, KeptVif& vif, const HotplugCall& call);
    void detach(VifId id, KeptVif& vif, TimePoint now);
    void remove_backend(VifId id, KeptVif& vif);
    void leave(VifId id);
    void wait(VifId id, KeptVif& vif, const std::string& reason, TimePoint now);
    void fail(VifId id, KeptVif& vif, const std::string& reason);
    void tell_failure(VifId id, KeptVif& vif, const std::string& reason);
    void settle(VifId id, KeptVif& vif, const PlacedPort& place);
    void call_again(VifId id, KeptVif& vif, TimePoint when);
    void call_off(VifId id, KeptVif& vif);
    void heard_of_bridge(const Link& bridge);
    void heard_of_link(const Link& link);
    void mark_those_that_need(const std::function<bool(const KeptVif&)>& need);
    Machine machine(Links& links, KeptVif& vif, Deadline& deadline, EventLog& log);
    void write(EventLog& log);
    void write(EventLog::Level level, std::string text);

    Surroundings with_;
    Settings settings_;
    std::map<VifId, KeptVif> vifs_;
    std::unordered_map<int, VifId> owner_; ///< of a port, by its index
    struct SeenBridge {
        std::string name;
        std::optional<BridgeVlanSettings> settings;
        friend bool operator==(const SeenBridge&, const SeenBridge&) = default;
    };
    std::unordered_map<int, SeenBridge> bridges_;
    std::deque<VifId> queue_;
    std::set<VifId> queued_;
    std::set<std::pair<TimePoint, VifId>> timers_;
    std::unique_ptr<Links> survey_; ///< while the vifs of the last look_at_all() are looked at
    std::set<VifId> surveyed_;      ///< those that are not yet
};

} // namespace vifplug
