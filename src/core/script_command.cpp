// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/script_command.hpp"

#include "core/text.hpp"

namespace vifplug {

std::vector<std::string> script_command(const std::optional<std::string>& script,
                                        std::span<const std::string_view> words, std::string_view script_directory,
                                        const std::string& fallback) {
    std::vector<std::string> command;
    if (script)
        for (const std::string_view word : vifplug::words(*script))
            command.emplace_back(word);
    if (command.empty())
        command.push_back(fallback);
    else if (command.front().find('/') == std::string::npos)
        command.front() = std::string(script_directory) + "/" + command.front();
    command.insert(command.end(), words.begin(), words.end());
    return command;
}

} // namespace vifplug
