// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/vif_table.hpp"
#include "core/link_change.hpp"
#include "core/watch_path.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace vifplug {

/// Which vifs have to be looked at because of what the store and the kernel tell. Only marks them: what is true is read
/// by whoever looks.
class VifNews {
  public:
    VifNews(VifTable& table, Store& store) : table_(table), store_(store) {}

    /// Marks every vif that is in the store. Throws Error.
    void discover();

    /// A watch on the backends has reported; one that concerns all is discover()'s to answer. Throws Error.
    void heard(const Concern& concern);

    /// Of several changes of a netdev the last one says how it is now: our own work makes many, which end as they
    /// should.
    void heard(const std::vector<LinkChange>& changes);

    /// The bridges that there are, before any change of them is heard of.
    void know_bridges(const std::vector<Link>& bridges);

    /// The taps among the netdevs that there are, also those of vifs that are not in the store yet.
    void know_taps(const std::vector<Link>& links);

  private:
    /// What of a bridge decides about its ports. It tells of itself whenever one of them changes.
    struct Bridge {
        std::string name;
        std::optional<BridgeVlanSettings> settings;

        friend bool operator==(const Bridge&, const Bridge&) = default;
    };

    void discover_domain(const std::string& name);
    void heard_of_vif(VifId id, const std::string& key);
    void heard_of_bridge(const Link& bridge);
    void heard_of_link(const Link& link);
    void heard_of_end(IfIndex index);
    void heard_of_vlans(IfIndex port);
    void heard_of_another(const Link& link);

    VifTable& table_;
    Store& store_;
    std::unordered_map<int, Bridge> bridges_;
    bool a_name_is_free_ = false; ///< by what is being heard
};

} // namespace vifplug
