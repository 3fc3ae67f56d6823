// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_hooks.hpp"

#include "app/port_snapshot.hpp"
#include "core/error.hpp"
#include "system/hooks.hpp"
#include "system/paths.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

namespace vifplug {

namespace {

/// Of the caller's environment, what says which device this is and where xenstored listens. Nothing else: a hook runs
/// as root whatever BASH_ENV, LD_PRELOAD or PATH the caller had (V44).
constexpr std::array<const char*, 8> passed_on{"script", "XENBUS_TYPE", "XENBUS_BASE_PATH", "INTERFACE",
                                               "vif",    "netdev",      "XENSTORED_PATH",   "XENSTORED_RUNDIR"};

std::string configured(const HotplugCall& call, const char* key, const std::optional<std::string>& callers,
                       Store& store) {
    return store.read(call.backend.node(key)).value_or(callers.value_or(""));
}

std::string configured_name(const HotplugCall& call, Store& store) {
    const std::string name = configured(call, "vifname", std::nullopt, store);
    return name.empty() || call.kind == PortKind::vif ? name : name + "-emu";
}

/// The bridge that a port which is on none any more was meant for, as its hooks heard it when it came up.
std::string meant_bridge(const HotplugCall& call, const Machine& machine) {
    std::string text = configured(call, "bridge", call.bridge, machine.store);
    try {
        return find_bridge(text.empty() ? std::nullopt : std::optional(IfName::parse("bridge", text)), machine.links)
            .name;
    } catch (const BadInput&) {
        return text; // the bridge is gone as well
    }
}

/// A word of the call that names one of the variables below does not replace it.
std::vector<std::string> assignments_besides(const std::map<std::string, std::string>& variables,
                                             const std::vector<std::string>& assignments) {
    std::vector<std::string> others;
    std::copy_if(assignments.begin(), assignments.end(), std::back_inserter(others),
                 [&](const std::string& word) { return !variables.contains(word.substr(0, word.find('='))); });
    return others;
}

HookCall hook_call(const HotplugCall& call, const PortPlace& place, const Machine& machine) {
    HookCall hook{.program = std::string(xen_script_dir) + "/vif-bridge", .arguments = {}, .variables = {}};
    for (const char* name : passed_on)
        if (const char* value = std::getenv(name))
            hook.variables[name] = value;
    hook.variables[call.kind == PortKind::tap ? "INTERFACE" : "vif"] = call.port;
    hook.variables["XEN_SCRIPT_DIR"] = xen_script_dir;
    hook.variables["XENBUS_PATH"] = call.backend.path;
    hook.variables["command"] = name_of(call.verb);
    hook.variables["type_if"] = call.kind == PortKind::tap ? "tap" : "vif";
    hook.variables["dev"] = place.netdev;
    hook.variables["bridge"] = place.bridge.empty() ? meant_bridge(call, machine) : place.bridge;
    hook.variables["ip"] = configured(call, "ip", call.ip, machine.store);
    hook.variables["vifname"] = configured_name(call, machine.store);
    hook.arguments = assignments_besides(hook.variables, call.assignments);
    return hook;
}

} // namespace

std::vector<std::string> find_vif_hooks() {
    return find_hooks(std::string(xen_script_dir) + "/vif-post.d");
}

void run_vif_hooks(const std::vector<std::string>& hooks, const HotplugCall& call, const PortPlace& place,
                   const Machine& machine) {
    if (hooks.empty())
        return;
    if (const auto warning = run_hooks(hooks, hook_call(call, place, machine), machine.deadline))
        machine.log.warning(subject_of(call) + ": " + *warning);
}

} // namespace vifplug
