// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The argument vector that a backend's `script` asks for: the program, the words behind it (X8), then `words`, the
/// caller's own. The text is divided at white space and never seen by a shell, so nothing else in it has a meaning. A
/// program without a '/' is one of `script_directory`, as for libxl. An absent or blank script is `fallback`.
std::vector<std::string> script_command(const std::optional<std::string>& script,
                                        std::span<const std::string_view> words, std::string_view script_directory,
                                        const std::string& fallback);

} // namespace vifplug
