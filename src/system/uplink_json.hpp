// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/transaction.hpp"

#include <nlohmann/json.hpp>

namespace vifplug {

// How records and journals are written. Reading throws nlohmann::json::exception or Error for what was not written by
// these.

nlohmann::json to_json(const Uplink& uplink);
Uplink uplink_from_json(const nlohmann::json& json);

nlohmann::json to_json(const HostState& state);
HostState state_from_json(const nlohmann::json& json);

nlohmann::json to_json(const DhcpClient& client);
DhcpClient client_from_json(const nlohmann::json& json);

} // namespace vifplug
