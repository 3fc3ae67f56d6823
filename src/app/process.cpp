// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/process.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace vifplug {

void settle_process() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(descriptor, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); // takes the lowest number, which is this one
    (void)std::signal(SIGPIPE, SIG_IGN);     // fails for a bad number only
    (void)std::signal(SIGCHLD, SIG_DFL);     // or a caller that ignores it would take the hooks' status away
}

std::vector<std::string_view> words_of(int argc, char** argv) {
    return {argv + (argc > 0 ? 1 : 0), argv + argc};
}

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

std::string run_directory(const Environment& environment) {
    const std::string path = environment("VIFPLUG_RUNDIR").value_or("");
    return path.empty() ? "/run/vifplug" : path;
}

Patience read_patience(const Environment& environment) {
    const auto text = environment("VIFPLUG_TIMEOUT");
    if (!text)
        return {longest_patience, std::nullopt};
    const auto seconds = parse_decimal(*text);
    if (!seconds || *seconds < 1 || *seconds > longest_patience.count())
        return {longest_patience, BadInput("VIFPLUG_TIMEOUT", *text, "a number of seconds from 1 to 25").what()};
    return {std::chrono::seconds(*seconds), std::nullopt};
}

} // namespace vifplug
