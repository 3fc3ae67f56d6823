// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace vifplug::bench {

/// Gives the exit status that `work` gives; when it throws, says why on stderr and gives 2: nothing could be measured.
int guarded(const std::string& program, const std::function<int()>& work);

/// Throws std::runtime_error in the network namespace of the machine itself. `command` makes one of its own.
void require_namespace(const std::string& command);

/// A program is named from where the command was typed. For CLI::Option::transform().
inline std::string absolute_path(const std::string& path) {
    return std::filesystem::absolute(path);
}

} // namespace vifplug::bench
