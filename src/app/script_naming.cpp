// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/script_naming.hpp"

#include "core/ownership.hpp"

namespace vifplug {

namespace {

std::string vifname_of(VifId id, KeptVif& vif) {
    return vif.nodes.read(BackendPath::of(id).node("vifname")).value_or("");
}

/// What only libxl writes of a vif (contract 4.1), and it calls scripts.
bool is_libxls(VifId id, KeptVif& vif) {
    const std::string of_guests = "/local/domain";
    return vif.nodes.read("/libxl" + frontend_path(id).substr(of_guests.size())).has_value();
}

} // namespace

bool ScriptNaming::names(VifId id, KeptVif& vif) const {
    if (with_.residence != Residence::dom0 || vifname_of(id, vif).empty())
        return false;
    const auto script = vif.nodes.read(BackendPath::of(id).node("script"));
    return script && with_.is_xens_own(scripts_.program(*script)) && is_libxls(id, vif);
}

bool ScriptNaming::waits(PortKind kind, VifId id, KeptVif& vif, TimePoint now) const {
    auto& awaited = kind == PortKind::tap ? vif.tap_is_named : vif.is_named;
    const std::string name = vifname_of(id, vif) + (kind == PortKind::tap ? "-emu" : "");
    if (const auto netdev = with_.links.find(netdev_name(id, kind)); netdev && netdev->name != name) {
        if (!awaited)
            awaited = KeptVif::Awaited{now + patience_, netdev->index};
        return now < awaited->until;
    }
    const auto named = awaited ? with_.links.find(awaited->netdev) : std::nullopt;
    if (named && named->name == name && !identifies_itself(*named)) {
        with_.run.make();
        with_.run.write_record(id, kind, {named->index, named->name});
    }
    return false;
}

bool ScriptNaming::is_awaited(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.place || !names(id, vif) || !waits(PortKind::vif, id, vif, now))
        return false;
    if (!vif.nodes.read(BackendPath::of(id).node("hotplug-status")).value_or("").empty())
        return false; // it was there, and failed
    table_.call_again(id, vif.is_named->until);
    return true;
}

bool ScriptNaming::is_awaited_for_tap(VifId id, KeptVif& vif, TimePoint now) {
    if (vif.tap_place || !names(id, vif) || !waits(PortKind::tap, id, vif, now))
        return false;
    table_.call_again(id, vif.tap_is_named->until);
    return true;
}

} // namespace vifplug
