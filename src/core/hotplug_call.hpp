// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"
#include "core/vif_id.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

enum class Verb { online, offline, add, remove };

std::string_view name_of(Verb verb);

/// online and add bring a port up; offline and remove take it down.
constexpr bool goes_up(Verb verb) {
    return verb == Verb::online || verb == Verb::add;
}

/// What a caller of a hotplug program asked for.
struct HotplugCall {
    Verb verb;
    PortKind kind;
    BackendPath backend;
    std::string port;                     ///< the name the caller knows the netdev by; a hint, not proof
    std::optional<std::string> bridge;    ///< the caller's default where the backend has no node of that name
    std::optional<std::string> ip;        ///< likewise
    std::vector<std::string> assignments; ///< every VAR=VALUE word, for the hooks
    bool dry_run = false;
    bool from_udev = false; ///< the udev rules of Xen 4.2 to 4.5, which step back where libxl does the work
};

/// Reads a call of contract "online|offline|add|remove [type_if=vif|tap] [VAR=VALUE ...]". Nothing when it is one of
/// those that concern the other half of an emulated NIC and are to be ignored (P5): online and offline of a tap, add
/// and remove of a vif. Every VALUE is data (V37). Refuses, with BadInput, an unknown command (V32) or type_if (V33),
/// and a call that does not say which vif it is about (V30, V31, P8).
std::optional<HotplugCall> parse_hotplug_call(std::span<const std::string_view> words, const Environment& environment);

/// Refuses, with BadInput, a netdev name that no interface can have, that is another vif's, or that is no guest's tap.
void check_port_name(const HotplugCall& call);

} // namespace vifplug
