// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon_status.hpp"

#include "core/text.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

namespace vifplug {

namespace {

using nlohmann::json;

json name_of(std::optional<Residence> residence) {
    if (!residence)
        return nullptr;
    return *residence == Residence::dom0 ? "dom0" : "driver-domain";
}

json described(const DaemonState& daemon) {
    return {{"process", daemon.process},
            {"since", utc(daemon.since)},
            {"residence", name_of(daemon.residence)},
            {"xenstore", daemon.store_is_there ? "connected" : "away"},
            {"marked", daemon.marked}};
}

/// "7.0": what people type, too.
std::string number_of(VifId id) {
    constexpr std::size_t prefix = 3; // "vif"
    return netdev_name(id, PortKind::vif).substr(prefix);
}

json described(const DaemonState& daemon, VifId id, const KeptVif& vif) {
    json one{{"vif", number_of(id)},
             {"phase", name_of(vif.phase)},
             {"netdev", printable(vif.netdev)},
             {"bridge", nullptr},
             {"mtu", nullptr},
             {"vlans", nullptr},
             {"reason", vif.reason.empty() ? json(nullptr) : json(printable(vif.reason))},
             {"repairs", vif.history.repairs()},
             {"errors", vif.history.errors()},
             {"slowed", vif.pace.is_slowed(daemon.now)}};
    if (vif.place) {
        one["bridge"] = printable(vif.place->bridge.name);
        one["mtu"] = vif.place->mtu;
        if (vif.place->vlans)
            one["vlans"] = vif.place->vlans->str();
    }
    return one;
}

} // namespace

std::string utc(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    std::array<char, sizeof "2026-11-21T21:03:07Z"> text{};
    (void)gmtime_r(&seconds, &parts);
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

json status_of_all(const DaemonState& daemon, const std::map<VifId, KeptVif>& vifs) {
    json list = json::array();
    for (const auto& [id, vif] : vifs)
        list.push_back(described(daemon, id, vif));
    return {{"version", status_schema_version}, {"daemon", described(daemon)}, {"vifs", std::move(list)}};
}

json status_of_one(const DaemonState& daemon, VifId id, const KeptVif& vif) {
    json one = described(daemon, id, vif);
    one["history"] = json::array();
    for (const VifHistory::Event& event : vif.history.events())
        one["history"].push_back(
            {{"time", utc(event.time)}, {"event", name_of(event.what)}, {"text", printable(event.text)}});
    return {{"version", status_schema_version}, {"daemon", described(daemon)}, {"vifs", json::array({one})}};
}

} // namespace vifplug
