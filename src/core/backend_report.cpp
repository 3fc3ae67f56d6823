// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/backend_report.hpp"

#include "core/text.hpp"

namespace vifplug {

std::string describe(const NodeChange& change) {
    if (!change.value)
        return "remove " + printable(change.path);
    return "write " + printable(change.path) + " = " + printable(*change.value);
}

std::vector<NodeChange> plan_report(const BackendPath& backend, PortKind kind, unsigned mtu, const ReportNow& now) {
    std::vector<NodeChange> changes;
    if (now.error)
        changes.push_back({.path = backend.node("hotplug-error"), .value = std::nullopt});
    if (kind == PortKind::tap)
        return changes;
    const std::string told_mtu = std::to_string(mtu);
    if (now.guest_mtu != told_mtu)
        changes.push_back({.path = frontend_path(backend.id) + "/mtu", .value = told_mtu, .may_be_refused = true});
    if (now.status != "connected")
        changes.push_back({.path = backend.node("hotplug-status"), .value = "connected"});
    return changes;
}

std::vector<NodeChange> failure_report(const BackendPath& backend, const std::string& reason) {
    // xenstored takes 4,096 bytes in one message (XENSTORE_PAYLOAD_MAX), path and all.
    constexpr std::size_t longest_reason = 1000;
    return {{.path = backend.node("hotplug-error"), .value = printable(reason.substr(0, longest_reason))},
            {.path = backend.node("hotplug-status"), .value = "error"}};
}

} // namespace vifplug
