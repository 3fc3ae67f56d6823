// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace vifplug {

/// Another program ended with a failure, or did not end in time.
class ProgramFailed : public std::runtime_error {
  public:
    [[nodiscard]] explicit ProgramFailed(const std::string& sentence) : std::runtime_error(sentence) {}
};

/// The path of an executable file of that name in the usual directories of root's PATH.
std::optional<std::string> find_program(const std::string& name);

/// Runs a program to its end, as the head of its own setsid(2), with nothing of ours: no descriptor, no lock, no
/// variable but PATH and LANG. So it may become a daemon. No shell sees the arguments. Throws ProgramFailed with the
/// last line it wrote to stderr; Error when it cannot be started.
void run_program(const std::string& path, const std::vector<std::string>& arguments, const Deadline& deadline);

} // namespace vifplug
