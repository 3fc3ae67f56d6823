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
    bool guest_is_gone = false; ///< the frontend's directory was there and is no more: nothing is made below it
};

/// One line for people: "write backend/vif/7/0/hotplug-status = connected".
std::string describe(const NodeChange& change);

/// What a finished port still has to have written; empty when all of it is there.
///
/// A vif is announced by hotplug-status=connected, exactly these 9 bytes: netback waits for them (contract 5). An old
/// hotplug-error goes. The guest is told the MTU that its vif really has, by its domain and device number whatever the
/// netdev is called (N2); a driver domain may be denied that write (M5). A tap has neither: the guest's driver and
/// netback know nothing of it (P1). It only takes back what it said itself when it failed before.
std::vector<NodeChange> plan_report(const BackendPath& backend, PortKind kind, unsigned mtu, const ReportNow& now);

/// The nodes of a failure, reason first; for one transaction, so that whoever sees the status can read the reason
/// (V10). The reason starts with the port's name. A tap's failure does not take back that its vif is connected:
/// `status` is the status now.
std::vector<NodeChange> failure_report(const BackendPath& backend, PortKind kind, const std::string& reason,
                                       const std::optional<std::string>& status);

} // namespace vifplug
