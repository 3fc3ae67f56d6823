// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_survey.hpp"

#include <stdexcept>

namespace vifplug {

namespace {

[[noreturn]] void refuse_change() {
    throw std::logic_error("a survey of netdevs cannot change them");
}

} // namespace

LinkSurvey::LinkSurvey(NetlinkLinks& links) : links_(links) {
    for (Link& link : links.all()) {
        by_name_.emplace(link.name, link.index);
        const int index = link.index.number();
        by_index_.emplace(index, std::move(link));
    }
}

std::optional<Link> LinkSurvey::find(const std::string& name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : find(found->second);
}

std::optional<Link> LinkSurvey::find(IfIndex index) {
    const auto found = by_index_.find(index.number());
    return found == by_index_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Link> LinkSurvey::all() {
    std::vector<Link> found;
    for (const auto& [index, link] : by_index_)
        found.push_back(link);
    return found;
}

std::vector<Link> LinkSurvey::bridges() {
    std::vector<Link> found;
    for (const auto& [index, link] : by_index_)
        if (link.kind == "bridge")
            found.push_back(link);
    return found;
}

std::vector<Link> LinkSurvey::ports_of(IfIndex bridge) {
    std::vector<Link> found;
    for (const auto& [index, link] : by_index_)
        if (link.master == bridge)
            found.push_back(link);
    return found;
}

std::vector<Address> LinkSurvey::addresses(IfIndex index) {
    if (!addresses_) {
        const auto all = links_.all_addresses(); // or none of them is known
        addresses_.emplace();
        for (const auto& [on, address] : all)
            (*addresses_)[on.number()].push_back(address);
    }
    const auto found = addresses_->find(index.number());
    return found == addresses_->end() ? std::vector<Address>() : found->second;
}

std::vector<PortVlans> LinkSurvey::all_port_vlans() {
    if (!port_vlans_) {
        port_vlans_ = links_.all_port_vlans();
        for (const PortVlans& each : *port_vlans_)
            vlans_.emplace(each.port.number(), each.vlans);
    }
    return *port_vlans_;
}

VlanList LinkSurvey::vlans(IfIndex port) {
    if (!port_vlans_)
        (void)all_port_vlans(); // only for what it keeps
    const auto found = vlans_.find(port.number());
    return found == vlans_.end() ? VlanList() : found->second;
}

std::vector<VlanDevice> LinkSurvey::vlan_devices() {
    if (!vlan_devices_)
        vlan_devices_ = links_.vlan_devices();
    return *vlan_devices_;
}

void LinkSurvey::make(const VlanBridge&) {
    refuse_change();
}

void LinkSurvey::remove(const VlanBridge&) {
    refuse_change();
}

void LinkSurvey::forget_mac(const Netdev&, const Mac&, const VlanList&) {
    refuse_change();
}

void LinkSurvey::perform(const Step&) {
    refuse_change();
}

} // namespace vifplug
