// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

namespace vifplug {

/// No daemon listens.
class NobodyThere : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Asks the daemon, and gives its answer. Throws NobodyThere, BadInput with the daemon's own sentence where it refuses,
/// and Error.
nlohmann::json ask_daemon(const nlohmann::json& question, const Environment& environment);

/// The answer about all vifs as a table with a line for each, or about one with its history.
std::string table_of(const nlohmann::json& status);
std::string story_of(const nlohmann::json& status);

/// 0 when every vif that is to be placed is; 1 when one is not, or xenstored is away, so that nobody knows.
int exit_status_of(const nlohmann::json& status);

} // namespace vifplug
