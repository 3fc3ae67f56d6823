// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link_change.hpp"
#include "core/vif_id.hpp"
#include "system/links.hpp"

#include <memory>
#include <set>
#include <vector>

namespace vifplug {

/// All links, read at once for the next look at many vifs. What changes after that is heard of, and not believed.
class VifSurvey {
  public:
    /// `links` may be none: then each vif is looked at by itself.
    void begin(std::unique_ptr<Links> links, const std::set<VifId>& vifs);

    void end();

    void heard(const std::vector<LinkChange>& changes);
    void looked_at(VifId id);

    /// The links, for a vif that has not been looked at since; null for others.
    Links* links_for(VifId id) const;
    bool is_outdated(IfIndex netdev) const { return outdated_.contains(netdev.number()); }

  private:
    void heard(const LinkChange& change);

    std::unique_ptr<Links> links_;
    std::set<VifId> vifs_;   ///< that have not been looked at
    std::set<int> outdated_; ///< netdevs, by their index
};

} // namespace vifplug
