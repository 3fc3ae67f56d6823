// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_duty.hpp"

#include "core/script_command.hpp"

#include <algorithm>

namespace vifplug {

namespace {

std::string program_of(const std::string& script, const std::string& script_directory) {
    return script_command(script, {}, script_directory, "").front();
}

} // namespace

VifScripts::VifScripts(const std::vector<std::string>& scripts, std::string script_directory)
    : script_directory_(std::move(script_directory)) {
    for (const std::string& script : scripts)
        paths_.push_back(program_of(script, script_directory_));
}

bool VifScripts::are_ours(const std::optional<std::string>& script) const {
    if (!script || script->empty())
        return false;
    return std::find(paths_.begin(), paths_.end(), program(*script)) != paths_.end();
}

std::string VifScripts::program(const std::string& script) const {
    return program_of(script, script_directory_);
}

Duty duty_of(const BackendState& backend, const VifScripts& scripts, Residence residence) {
    if (!scripts.are_ours(backend.script))
        return Duty::pass;
    const bool online = backend.online == "1";
    const std::string state = backend.state.value_or("");
    const bool opening = state == "2" || state == "3" || state == "4"; // InitWait, Initialised, Connected
    const bool closing = state == "5" || state == "6";                 // Closing, Closed
    if (opening && online)
        return Duty::place;
    if (!closing || online) // a guest that closes and stays online comes back, as when it is booted anew
        return Duty::nothing;
    return state == "6" && residence == Residence::driver_domain ? Duty::remove : Duty::detach;
}

} // namespace vifplug
