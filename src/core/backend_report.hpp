// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/vif_id.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// One change of a xenstore node.
struct NodeChange {
    std::string path;
    std::optional<std::string> value; ///< absent: the node is removed
    bool may_be_refused = false;      ///< a refusal is worth a warning and no more

    friend bool operator==(const NodeChange&, const NodeChange&) = default;
};

/// The nodes by which toolstack, netback and guest hear how it went.
struct ReportNow {
    std::optional<std::string> status;    ///< <backend>/hotplug-status
    std::optional<std::string> error;     ///< <backend>/hotplug-error
    std::optional<std::string> guest_mtu; ///< <frontend>/mtu
};

/// One line for people: "write backend/vif/7/0/hotplug-status = connected".
std::string describe(const NodeChange& change);

/// What a finished port still has to have written; empty when all of it is there.
///
/// A vif is announced by hotplug-status=connected, exactly these 9 bytes: netback waits for them (contract 5). An old
/// hotplug-error goes. The guest is told the MTU that its vif really has, by its domain and device number whatever the
/// netdev is called (N2); a driver domain may be denied that write (M5). A tap has neither: the guest's driver and
/// netback know nothing of it (P1).
std::vector<NodeChange> plan_report(const BackendPath& backend, PortKind kind, unsigned mtu, const ReportNow& now);

/// The two nodes of a failure, reason first; for one transaction, so that whoever sees the status can read the reason
/// (V10).
std::vector<NodeChange> failure_report(const BackendPath& backend, const std::string& reason);

} // namespace vifplug
