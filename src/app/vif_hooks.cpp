// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_hooks.hpp"

#include "system/hooks.hpp"
#include "system/paths.hpp"

#include <array>
#include <cstdlib>

namespace vifplug {

namespace {

/// Of the caller's environment, what says which device this is and where xenstored listens. Nothing else: a hook runs
/// as root whatever BASH_ENV, LD_PRELOAD or PATH the caller had (V44).
constexpr std::array<const char*, 8> passed_on{"script", "XENBUS_TYPE", "XENBUS_BASE_PATH", "INTERFACE",
                                               "vif",    "gatewaydev",  "XENSTORED_PATH",   "XENSTORED_RUNDIR"};

std::string configured(const HotplugCall& call, const char* key, const std::optional<std::string>& callers,
                       Store& store) {
    return store.read(call.backend.node(key)).value_or(callers.value_or(""));
}

HookCall hook_call(const HotplugCall& call, const PortPlace& place, Store& store) {
    HookCall hook{.program = std::string(xen_script_dir) + "/vif-bridge",
                  .arguments = {std::string(name_of(call.verb)),
                                std::string("type_if=") + (call.kind == PortKind::tap ? "tap" : "vif")},
                  .variables = {}};
    for (const char* name : passed_on)
        if (const char* value = std::getenv(name))
            hook.variables[name] = value;
    hook.variables[call.kind == PortKind::tap ? "INTERFACE" : "vif"] = call.port;
    hook.variables["XEN_SCRIPT_DIR"] = xen_script_dir;
    hook.variables["XENBUS_PATH"] = call.backend.path;
    hook.variables["command"] = name_of(call.verb);
    hook.variables["type_if"] = call.kind == PortKind::tap ? "tap" : "vif";
    hook.variables["dev"] = place.netdev;
    hook.variables["bridge"] = place.bridge.empty() ? configured(call, "bridge", call.bridge, store) : place.bridge;
    hook.variables["ip"] = configured(call, "ip", call.ip, store);
    hook.variables["vifname"] = store.read(call.backend.node("vifname")).value_or("");
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
    if (const auto warning = run_hooks(hooks, hook_call(call, place, machine.store), machine.deadline))
        machine.log.warning(subject_of(call) + ": " + *warning);
}

} // namespace vifplug
