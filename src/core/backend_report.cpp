// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/backend_report.hpp"

#include "core/text.hpp"

namespace vifplug {

bool is_gone(const OtherHalf& half, const std::function<bool(const std::string& path)>& is_there) {
    return !is_there(half.directory) && is_there(half.named_by);
}

std::string describe(const NodeChange& change) {
    if (!change.value)
        return "remove " + printable(change.path);
    return "write " + printable(change.path) + " = " + printable(*change.value);
}

namespace {

constexpr const char* connected = "connected";
constexpr const char* error_status = "error";

/// The error was a tap's own: reasons start with the port's name.
bool is_error_of_tap(const BackendPath& backend, const std::optional<std::string>& error) {
    return error && error->starts_with(netdev_name(backend.id, PortKind::tap) + ":");
}

std::vector<NodeChange> plan_report_of_tap(const BackendPath& backend, const ReportNow& now) {
    std::vector<NodeChange> changes;
    if (!is_error_of_tap(backend, now.error))
        return changes;
    changes.push_back({.path = backend.node("hotplug-error"), .value = std::nullopt});
    if (now.status == error_status) // what it was before: the vif is yet to be announced
        changes.push_back({.path = backend.node("hotplug-status"), .value = ""});
    return changes;
}

} // namespace

std::vector<NodeChange> plan_report(const BackendPath& backend, PortKind kind, unsigned mtu, const ReportNow& now) {
    if (kind == PortKind::tap)
        return plan_report_of_tap(backend, now);
    std::vector<NodeChange> changes;
    if (now.error)
        changes.push_back({.path = backend.node("hotplug-error"), .value = std::nullopt});
    const std::string told_mtu = std::to_string(mtu);
    const std::string frontend = frontend_path(backend.id);
    if (now.guest_mtu != told_mtu)
        changes.push_back({.path = frontend + "/mtu",
                           .value = told_mtu,
                           .may_be_refused = true,
                           .unless_gone = OtherHalf{frontend, backend.node("frontend")}});
    if (now.status != connected)
        changes.push_back({.path = backend.node("hotplug-status"), .value = connected});
    return changes;
}

bool was_announced(const std::optional<std::string>& status, const std::optional<std::string>& state) {
    return status ? status == connected : state == "4";
}

std::vector<NodeChange> failure_report(const BackendPath& backend, PortKind kind, const std::string& reason,
                                       const std::optional<std::string>& status) {
    // xenstored takes 4,096 bytes in one message (XENSTORE_PAYLOAD_MAX), path and all.
    constexpr std::size_t longest_reason = 1000;
    std::vector<NodeChange> changes{
        {.path = backend.node("hotplug-error"), .value = printable(reason.substr(0, longest_reason))}};
    if (kind == PortKind::vif || status != connected)
        changes.push_back({.path = backend.node("hotplug-status"), .value = error_status});
    return changes;
}

} // namespace vifplug
