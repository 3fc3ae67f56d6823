// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ownership.hpp"

#include "core/record_line.hpp"

#include <algorithm>

namespace vifplug {

namespace {

constexpr const char* xen_bus = "xen-backend";

bool has_canonical_name(const Link& link, VifId id, PortKind kind) {
    if (link.name == netdev_name(id, kind))
        return true;
    return kind == PortKind::tap && parse_tap_name(link.name) == id;
}

} // namespace

std::string format_record(const PortRecord& record, const std::string& network_namespace) {
    return format_record_line(network_namespace, record.index, {record.name});
}

std::optional<PortRecord> parse_record(std::string_view text, std::string_view network_namespace) {
    const auto line = parse_record_line(text, network_namespace, 1);
    return line ? std::optional(PortRecord{line->netdev, std::string(line->words[0])}) : std::nullopt;
}

bool identifies_itself(const Link& link) {
    return link.parent_bus == xen_bus;
}

bool belongs_to(const Link& link, VifId id, PortKind kind, const std::optional<PortRecord>& record) {
    if (identifies_itself(link))
        return kind == PortKind::vif && link.parent_device == xenbus_device_name(id);
    if (has_canonical_name(link, id, kind))
        return true;
    return record && record->index == link.index && record->name == link.name;
}

std::vector<std::string> names_to_look_for(VifId id, PortKind kind, const std::string& callers_name,
                                           const std::optional<IfName>& configured,
                                           const std::optional<PortRecord>& record) {
    std::vector<std::string> names{netdev_name(id, kind)};
    const auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    add(callers_name);
    if (configured)
        add(configured->str());
    if (record)
        add(record->name);
    return names;
}

} // namespace vifplug
