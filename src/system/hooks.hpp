// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// A hook ended with a failure, or did not end in time.
class HookFailed : public std::runtime_error {
  public:
    [[nodiscard]] HookFailed(const std::string& sentence, int status) : std::runtime_error(sentence), status_(status) {}

    /// The status to exit with: the hook's own, 128 and the signal's number when one ended it.
    int status() const { return status_; }

  private:
    int status_;
};

/// The hooks of a directory in the order of a shell's glob: every executable file *.hook, sorted by bytes. None when
/// there is no such directory (H2).
std::vector<std::string> find_hooks(const std::string& directory);

/// How the hooks are called: they are parts of a shell script, written to be sourced (contract 2.8).
struct HookCall {
    std::string program;                          ///< their $0
    std::vector<std::string> arguments;           ///< VAR=VALUE words that become variables of the shell
    std::map<std::string, std::string> variables; ///< all they find in the environment, besides PATH and LANG
};

/// Sources the hooks, one after another in one bash, until all are done. Does not start a process when there is none.
/// Gives a warning when a hook ended the shell with status 0 before the others had their turn. Throws HookFailed;
/// Error when bash cannot be started.
std::optional<std::string> run_hooks(const std::vector<std::string>& hooks, const HookCall& call,
                                     const Deadline& deadline);

} // namespace vifplug
