// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_table.hpp"

namespace vifplug {

KeptVif* VifTable::find(VifId id) {
    const auto found = vifs_.find(id);
    return found == vifs_.end() ? nullptr : &found->second;
}

KeptVif& VifTable::find_or_add(VifId id, Store& store) {
    KeptVif& vif = vifs_.try_emplace(id, store, id).first->second;
    if (const auto tap = taps_ahead_.extract(id))
        vif.tap = tap.mapped();
    return vif;
}

void VifTable::forget(VifId id) {
    const auto found = vifs_.find(id);
    if (found == vifs_.end())
        return;
    own(id, found->second.place, std::nullopt);
    own(id, found->second.tap_place, std::nullopt);
    call_off(id);
    vifs_.erase(found);
}

void VifTable::mark(VifId id) {
    if (marked_.insert(id).second)
        queue_.push_back(id);
}

void VifTable::suspect(VifId id) {
    KeptVif* vif = find(id);
    if (vif != nullptr)
        vif->is_suspect = true;
    if (vif != nullptr && vif->place && hurried_.insert(id).second) {
        urgent_.push_back(id);
        marked_.insert(id);
    } else {
        mark(id);
    }
}

void VifTable::suspect_those(const std::function<bool(const KeptVif&)>& need) {
    for (auto& [id, vif] : vifs_) {
        if (!need(vif))
            continue;
        vif.is_suspect = true;
        mark(id);
    }
}

void VifTable::has_failed(VifId id) {
    failed_.insert(id);
}

/// There may be thousands of vifs, and every netdev that comes or goes may be the reason: only those that failed are
/// gone through.
void VifTable::a_name_is_free() {
    for (auto each = failed_.begin(); each != failed_.end();) {
        KeptVif* vif = find(*each);
        if (vif == nullptr || vif->phase != KeptVif::Phase::failed) {
            each = failed_.erase(each);
            continue;
        }
        vif->is_suspect = true;
        mark(*each++);
    }
}

void VifTable::let_try_again() {
    for (const VifId id : failed_)
        if (vifs_.contains(id))
            call_off(id);
}

void VifTable::heard_of_tap(VifId id, const std::string& netdev) {
    if (KeptVif* vif = find(id)) {
        vif->tap = netdev;
        suspect(id);
    } else {
        taps_ahead_.insert_or_assign(id, netdev);
    }
}

void VifTable::done(VifId id) {
    marked_.erase(id);
    hurried_.erase(id);
}

std::optional<VifId> VifTable::next() {
    for (auto* queue : {&urgent_, &queue_}) {
        while (!queue->empty() && !marked_.contains(queue->front()))
            queue->pop_front();
        if (!queue->empty())
            return queue->front();
    }
    return std::nullopt;
}

void VifTable::call_again(VifId id, TimePoint when) {
    call_off(id);
    vifs_.at(id).again = when;
    timers_.insert({when, id});
}

void VifTable::call_off(VifId id) {
    KeptVif& vif = vifs_.at(id);
    if (vif.again)
        timers_.erase({*vif.again, id});
    vif.again.reset();
}

std::optional<VifTable::TimePoint> VifTable::next_time() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

void VifTable::mark_due(TimePoint now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const VifId id = timers_.begin()->second;
        call_off(id);
        suspect(id);
    }
}

void VifTable::own(VifId id, const std::optional<PlacedPort>& before, const std::optional<PlacedPort>& now) {
    if (before)
        owners_.erase(before->port.index.number());
    if (now)
        owners_.insert_or_assign(now->port.index.number(), id);
}

std::optional<VifId> VifTable::owner_of(IfIndex port) const {
    const auto found = owners_.find(port.number());
    return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace vifplug
