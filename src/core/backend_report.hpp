// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/vif_id.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// Another's half of a device: its directory, and the node on this side that names it.
struct OtherHalf {
    std::string directory, named_by;

    friend bool operator==(const OtherHalf&, const OtherHalf&) = default;
};

/// It is named, and is there no more: the toolstack removes it first. Where nothing names it, there is none to be gone.
bool is_gone(const OtherHalf& half, const std::function<bool(const std::string& path)>& is_there);

/// One change of a xenstore node.
struct NodeChange {
    std::string path;
    std::optional<std::string> value;          ///< absent: the node is removed
    bool may_be_refused = false;               ///< a refusal is worth a warning and no more
    std::optional<OtherHalf> unless_gone = {}; ///< nothing is made for it when it is
    bool only_when_empty = false;              ///< of a removal: not of a node that has others below it

    friend bool operator==(const NodeChange&, const NodeChange&) = default;
};

/// What a node has to have for changes to be made.
struct NodeValue {
    std::string path, value;
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
/// netback know nothing of it (P1). It only takes back what it said itself when it failed before.
std::vector<NodeChange> plan_report(const BackendPath& backend, PortKind kind, unsigned mtu, const ReportNow& now);

/// Whether netback was told that the vif is in its place, by `status` (hotplug-status) and `state` of the backend. Some
/// kernels' netback removes the word once it has served its purpose (contract 5): it is connected then.
bool was_announced(const std::optional<std::string>& status, const std::optional<std::string>& state);

/// The nodes of a failure, reason first; for one transaction, so that whoever sees the status can read the reason
/// (V10). The reason starts with the port's name. A tap's failure does not take back that its vif is connected:
/// `status` is the status now.
std::vector<NodeChange> failure_report(const BackendPath& backend, PortKind kind, const std::string& reason,
                                       const std::optional<std::string>& status);

} // namespace vifplug
