// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/vif_keeper.hpp"

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace vifplug {

/// The number of the JSON's shape, as vifplug(8) describes it. It grows when something changes its meaning or goes;
/// what is added does not count.
inline constexpr int status_schema_version = 1;

/// How the daemon itself is.
struct DaemonState {
    int process;
    std::chrono::system_clock::time_point since;
    std::chrono::steady_clock::time_point now;
    std::optional<Residence> residence; ///< absent: not known yet
    bool store_is_there;
    std::size_t marked; ///< vifs that wait to be looked at
};

nlohmann::json status_of_all(const DaemonState& daemon, const std::map<VifId, KeptVif>& vifs);

/// One vif, with its history.
nlohmann::json status_of_one(const DaemonState& daemon, VifId id, const KeptVif& vif);

/// "2026-11-21T21:03:07Z"
std::string utc(std::chrono::system_clock::time_point time);

} // namespace vifplug
