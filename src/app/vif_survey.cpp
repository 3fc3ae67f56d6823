// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_survey.hpp"

namespace vifplug {

void VifSurvey::begin(std::unique_ptr<Links> links, const std::set<VifId>& vifs) {
    links_ = std::move(links);
    vifs_ = links_ ? vifs : std::set<VifId>();
    outdated_.clear();
}

void VifSurvey::end() {
    begin(nullptr, {});
}

void VifSurvey::heard(const std::vector<LinkChange>& changes) {
    for (const LinkChange& change : changes)
        if (links_)
            heard(change);
}

/// A bridge tells of itself whenever one of its ports changes, too. One that is other than it was concerns them all.
void VifSurvey::heard(const LinkChange& change) {
    outdated_.insert(change.index.number());
    if (!change.link || change.link->kind != "bridge")
        return;
    const auto before = links_->find(change.index);
    if (!before || before->name != change.link->name || before->vlan_settings != change.link->vlan_settings)
        end();
}

void VifSurvey::looked_at(VifId id) {
    vifs_.erase(id);
    if (vifs_.empty())
        end();
}

Links* VifSurvey::links_for(VifId id) const {
    return vifs_.contains(id) ? links_.get() : nullptr;
}

} // namespace vifplug
