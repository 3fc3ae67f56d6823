// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The program that the udev rules of xend's days call: it becomes the one that the backend's `script` names.
#include "app/event_log.hpp"
#include "app/hotplug_main.hpp"
#include "app/process.hpp"
#include "core/error.hpp"
#include "core/script_command.hpp"
#include "core/text.hpp"
#include "system/paths.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

/// vif-bridge in the directory this program lies in.
std::string vif_bridge_beside() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    const std::string self(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return self.substr(0, self.rfind('/') + 1) + "vif-bridge";
}

/// A script that names this program would go round for ever.
bool is_this_program(const std::string& path) {
    struct stat self {};
    struct stat named {};
    return stat("/proc/self/exe", &self) == 0 && stat(path.c_str(), &named) == 0 && self.st_dev == named.st_dev &&
           self.st_ino == named.st_ino;
}

/// Gives only the reason it could not.
std::error_code become(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(arguments.front(), arguments.data());
    return vifplug::system_code(errno);
}

} // namespace

int main(int argc, char** argv) {
    using namespace vifplug;
    const auto words = words_of(argc, argv);
    const auto command = script_command(process_environment()("script"), words, xen_script_dir, vif_bridge_beside());
    const std::string& script = command.front();
    const std::error_code failed = is_this_program(script) ? system_code(ELOOP) : become(command);
    const Error error("run the script " + in_quotes(script), failed);
    return report_failed_call(words, {.name = "vif-setup", .help = ""}, error);
}
