// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_news.hpp"

#include "core/ownership.hpp"

#include <utility>

namespace vifplug {

namespace {

const std::string backends = "backend/vif";

/// Keys that say where the vif is to be.
bool configures(const std::string& key) {
    return key.empty() || key == "bridge" || key == "vlan" || key == "mtu" || key == "vifname";
}

/// Keys that something is to be done about. Of the others, guest and netback write many, and the programs their report.
bool matters(const std::string& key) {
    return configures(key) || key == "state" || key == "online" || key == "script";
}

} // namespace

// --- the store ------------------------------------------------------------------------------------------------------

void VifNews::discover_domain(const std::string& name) {
    const std::string directory = backends + "/" + name;
    for (const std::string& device : store_.list(directory).value_or(std::vector<std::string>()))
        if (const auto vif = concern_of(directory + "/" + device).vif)
            table_.mark(*vif);
}

void VifNews::discover() {
    for (const std::string& domain : store_.list(backends).value_or(std::vector<std::string>()))
        discover_domain(domain);
}

void VifNews::heard_of_vif(VifId id, const std::string& key) {
    KeptVif* const vif = table_.find(id);
    if (vif != nullptr) {
        vif->nodes.forget(key);
        vif->is_configured_anew = vif->is_configured_anew || configures(key);
        if (configures(key)) // whatever failed, it may be possible now
            table_.call_off(id);
    }
    if (matters(key) || (vif != nullptr && vif->is_named && key == "hotplug-status"))
        table_.mark(id);
}

void VifNews::heard(const Concern& concern) {
    switch (concern.extent) {
    case Concern::Extent::nothing:
    case Concern::Extent::all: // whoever has to look at all does more than listen
        break;
    case Concern::Extent::vif:
        heard_of_vif(*concern.vif, concern.key);
        break;
    case Concern::Extent::domain:
        for (const auto& [id, vif] : table_.vifs())
            if (id.domain == *concern.domain)
                heard_of_vif(id, "");
        discover_domain(std::to_string(static_cast<std::uint32_t>(*concern.domain)));
        break;
    }
}

// --- the kernel -----------------------------------------------------------------------------------------------------

void VifNews::know_bridges(const std::vector<Link>& bridges) {
    bridges_.clear();
    for (const Link& bridge : bridges)
        bridges_[bridge.index.number()] = {bridge.name, bridge.vlan_settings};
}

void VifNews::know_taps(const std::vector<Link>& links) {
    for (const Link& link : links)
        if (const auto tap = parse_tap_name(link.name); tap && !table_.owner_of(link.index))
            table_.heard_of_tap(*tap, link.name);
}

void VifNews::heard_of_bridge(const Link& bridge) {
    const Bridge now{bridge.name, bridge.vlan_settings};
    const auto known = bridges_.find(bridge.index.number());
    if (known != bridges_.end() && known->second == now)
        return;
    if (known == bridges_.end())
        table_.let_try_again();
    bridges_[bridge.index.number()] = now;
    table_.suspect_those([&](const KeptVif& vif) {
        return vif.phase == KeptVif::Phase::waiting || vif.phase == KeptVif::Phase::failed ||
               (vif.place && vif.place->bridge.index == bridge.index);
    });
}

void VifNews::heard_of_link(const Link& link) {
    if (link.kind == "bridge") {
        heard_of_bridge(link);
        return;
    }
    if (const auto owner = table_.owner_of(link.index)) {
        KeptVif& vif = *table_.find(*owner);
        const bool is_tap = vif.tap_place && vif.tap_place->port.index == link.index;
        std::string& name = is_tap ? vif.tap : vif.netdev;
        a_name_is_free_ |= std::exchange(name, link.name) != link.name;
        if (vif.phase != KeptVif::Phase::placed || drift_of(link, is_tap ? *vif.tap_place : *vif.place))
            table_.suspect(*owner);
        return;
    }
    const auto id = parse_vif_name(link.name);
    if (const auto tap = parse_tap_name(link.name))
        table_.heard_of_tap(*tap, link.name);
    else if (id && table_.find(*id) != nullptr)
        table_.suspect(*id);
    else if (identifies_itself(link)) // a vif by another name
        table_.suspect_those([](const KeptVif& each) { return each.phase == KeptVif::Phase::waiting; });
    else
        heard_of_another(link);
}

void VifNews::heard_of_another(const Link& link) {
    a_name_is_free_ = true; // perhaps: what it was called before is not known
    if (link.master)        // the port, perhaps, by which a bridge is known that is waited for (bridge_fallback())
        table_.suspect_those([](const KeptVif& each) { return each.phase == KeptVif::Phase::waiting; });
}

void VifNews::heard_of_end(IfIndex index) {
    bridges_.erase(index.number());
    a_name_is_free_ = true;
    if (const auto owner = table_.owner_of(index))
        table_.suspect(*owner);
}

void VifNews::heard_of_vlans(IfIndex port) {
    const auto owner = table_.owner_of(port);
    if (!owner)
        return;
    const KeptVif& vif = *table_.find(*owner);
    if ((vif.place && vif.place->vlans) || (vif.tap_place && vif.tap_place->vlans))
        table_.suspect(*owner);
}

void VifNews::heard(const std::vector<LinkChange>& changes) {
    std::unordered_map<int, const Link*> last;
    for (const LinkChange& change : changes) {
        switch (change.what) {
        case LinkChange::What::link:
            last[change.index.number()] = &*change.link;
            break;
        case LinkChange::What::gone:
            last.erase(change.index.number());
            heard_of_end(change.index);
            break;
        case LinkChange::What::vlans:
            heard_of_vlans(change.index);
            break;
        }
    }
    for (const auto& [index, link] : last)
        heard_of_link(*link);
    if (std::exchange(a_name_is_free_, false))
        table_.a_name_is_free();
}

} // namespace vifplug
