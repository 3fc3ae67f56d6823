// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_status.hpp"

#include "app/dry_run.hpp"
#include "app/uplink_preview.hpp"
#include "app/uplink_view.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace vifplug {

namespace {

using nlohmann::json;

constexpr int set_up_status = 0;
constexpr int broken_status = 1;
constexpr int not_set_up_status = 3;
constexpr int schema_version = 1;

json described(const std::optional<HostLink>& link) {
    if (!link)
        return nullptr;
    return {{"name", printable(link->link.name)},
            {"up", link->link.up},
            {"mac", link->link.mac ? link->link.mac->str() : ""},
            {"mtu", link->link.mtu}};
}

json texts_of(const std::vector<Entry>& entries) {
    json list = json::array();
    for (const Entry& entry : entries)
        list.push_back(entry.text);
    return list;
}

/// What the bridge does with VLANs, and which the NIC and the host's own port have.
json vlans_on(const UplinkDesk& desk, const Uplink& uplink, const UplinkNow& now) {
    const BridgeVlanSettings* settings =
        now.bridge && now.bridge->link.vlan_settings ? &*now.bridge->link.vlan_settings : nullptr;
    const auto& own = uplink.holder_is_bridge() ? now.bridge : now.port;
    const auto of = [&](const std::optional<HostLink>& link) {
        return link && settings && settings->filters ? json(desk.network.vlans(link->link.index).str()) : json(nullptr);
    };
    const std::string asked = text_of(uplink.vlans);
    return {{"filtering", settings && settings->filters},
            {"asked", asked.empty() ? json(nullptr) : json(asked)},
            {"nic", of(now.nic)},
            {"host", of(own)}};
}

json report_on(const UplinkDesk& desk, const UplinkRecord& record, const HostPicture& picture) {
    const Uplink& uplink = record.uplink;
    const UplinkNow now = view_uplink(uplink, picture, nullptr, desk.network);
    json ports = json::array();
    for (const HostLink& port : now.bridge_ports)
        ports.push_back(described(port));
    HostState state;
    if (now.holder)
        state = state_on(picture, place_of(*now.holder));
    json addresses = texts_of(state.addresses_v4);
    for (const json& address : texts_of(state.addresses_v6))
        addresses.push_back(address);
    json report{{"netdev", printable(uplink.netdev)},
                {"topology", name_of(uplink.topology)},
                {"bridge", described(now.bridge)},
                {"bridge_made_by_us", uplink.bridge_is_ours},
                {"nic", described(now.nic)},
                {"host", described(now.holder)},
                {"ports", std::move(ports)},
                {"addresses", std::move(addresses)},
                {"routes", texts_of(state.routes)},
                {"to_do", describe_differences(record, desk.network)},
                {"vlans", vlans_on(desk, uplink, now)},
                {"confirm_within", nullptr}};
    if (record.confirm_by)
        report["confirm_within"] = *record.confirm_by - std::min(*record.confirm_by, now_in_seconds());
    return report;
}

std::string line_about(const json& link) {
    if (link.is_null())
        return "missing";
    return link.at("name").get<std::string>() + (link.at("up").get<bool>() ? ", up, " : ", down, ") +
           link.at("mac").get<std::string>() + ", MTU " + std::to_string(link.at("mtu").get<unsigned>());
}

void print_field(const char* name, const std::string& text) {
    std::printf("  %-10s %s\n", name, text.c_str());
}

void print_list(const char* name, const json& list) {
    const char* label = name;
    for (const json& each : list) {
        print_field(label, each.is_string() ? each.get<std::string>() : line_about(each));
        label = "";
    }
    if (list.empty())
        print_field(name, "none");
}

std::string line_about_vlans(const json& vlans) {
    if (!vlans.at("filtering").get<bool>())
        return "not filtered";
    const auto text = [](const json& value) { return value.is_null() ? "none" : value.get<std::string>(); };
    return "filtered; NIC " + text(vlans.at("nic")) + ", host " + text(vlans.at("host")) +
           (vlans.at("asked") == "auto" ? "; those of guests come and go" : "");
}

void print_report(const json& report) {
    const bool is_well = report.at("to_do").empty();
    std::printf("%s: %s, topology %s\n", report.at("netdev").get<std::string>().c_str(), is_well ? "set up" : "broken",
                report.at("topology").get<std::string>().c_str());
    print_field("bridge",
                line_about(report.at("bridge")) + (report.at("bridge_made_by_us").get<bool>() ? "" : ", not ours"));
    print_list("ports", report.at("ports"));
    print_field("NIC", line_about(report.at("nic")));
    print_field("host", line_about(report.at("host")));
    print_field("VLANs", line_about_vlans(report.at("vlans")));
    print_list("addresses", report.at("addresses"));
    print_list("routes", report.at("routes"));
    if (!is_well)
        print_list("to do", report.at("to_do"));
    if (!report.at("confirm_within").is_null())
        print_field("confirm", "within " + std::to_string(report.at("confirm_within").get<unsigned>()) + " s");
}

/// The records a call means; false in `all_found` when one of its requests has none.
std::vector<UplinkRecord> records_for(const UplinkDesk& desk, const UplinkCall& call, const HostPicture& picture,
                                      bool& all_found) {
    auto records = desk.journal.records();
    const bool names_none = std::all_of(call.requests.begin(), call.requests.end(), [](const UplinkRequest& request) {
        return !request.netdev && !request.bridge && !request.vifnum;
    });
    all_found = !records.empty();
    if (names_none)
        return records;
    std::vector<UplinkRecord> found;
    const UplinkSurroundings around = surroundings(picture, records);
    for (const UplinkRequest& request : call.requests) {
        const auto meant = find_uplinks(request, around);
        all_found = all_found && !meant.empty();
        for (const UplinkRecord& record : records)
            if (std::any_of(meant.begin(), meant.end(),
                            [&](const Uplink& uplink) { return uplink.nic == record.uplink.nic; }))
                found.push_back(record);
    }
    return found;
}

} // namespace

int print_status(const UplinkDesk& desk, const UplinkCall& call) {
    const HostPicture picture = desk.network.look();
    bool all_found = true;
    json uplinks = json::array();
    bool is_well = true;
    for (const UplinkRecord& record : records_for(desk, call, picture, all_found)) {
        uplinks.push_back(report_on(desk, record, picture));
        const json& within = uplinks.back().at("confirm_within");
        const bool is_overdue = !within.is_null() && within.get<std::uint64_t>() == 0; // the next call takes it back
        is_well = is_well && uplinks.back().at("to_do").empty() && !is_overdue;
    }
    const bool unfinished = desk.journal.unfinished().has_value();
    const json steps = unfinished ? json(desk.journal.steps()) : json(nullptr);
    if (call.json) {
        std::printf("%s\n",
                    json{{"version", schema_version}, {"uplinks", uplinks}, {"journal", steps}}.dump(2).c_str());
    } else {
        for (const json& report : uplinks)
            print_report(report);
        if (uplinks.empty())
            std::printf("not set up\n");
        if (unfinished)
            std::printf("journal: a call is under way or has died; \"network-bridge recover\" ends it\n");
        else
            std::printf("journal: empty\n");
        if (unfinished)
            print_list("steps", steps);
    }
    if (unfinished || !is_well)
        return broken_status;
    return all_found ? set_up_status : not_set_up_status;
}

} // namespace vifplug
