// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/hotplug_call.hpp"

#include "core/error.hpp"
#include "core/if_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vifplug {

namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 4> verbs{
    {{"online", Verb::online}, {"offline", Verb::offline}, {"add", Verb::add}, {"remove", Verb::remove}}};

constexpr std::string_view tap_name_rule = "the tap of a guest is called vifDOMID.DEVID-emu or tapDOMID.DEVID";

Verb parse_verb(const std::optional<std::string>& command) {
    if (!command)
        throw BadInput("no command given: one of online, offline, add, remove");
    for (const auto& [name, verb] : verbs)
        if (*command == name)
            return verb;
    throw BadInput("command", *command, "one of online, offline, add, remove");
}

PortKind parse_kind(const std::optional<std::string>& type_if) {
    if (!type_if || *type_if == "vif")
        return PortKind::vif;
    if (*type_if == "tap")
        return PortKind::tap;
    throw BadInput("type_if", *type_if, "vif or tap");
}

std::string_view port_variable(PortKind kind) {
    return kind == PortKind::tap ? "INTERFACE" : "vif";
}

bool concerns(Verb verb, PortKind kind) {
    const bool vif_verb = verb == Verb::online || verb == Verb::offline;
    return vif_verb == (kind == PortKind::vif);
}

std::string required(const CallWords& words, std::string_view name) {
    auto value = words.value(name);
    if (!value || value->empty())
        throw BadInput(std::string(name) + " is not set: it says which interface the call is about");
    return *std::move(value);
}

/// A tap's own events carry no XENBUS_PATH: then its name says which vif it belongs to. Where the caller does give the
/// path it is used as it is, so that a driver domain's own tree is read (P6).
BackendPath backend_of(PortKind kind, const CallWords& words, const std::string& port) {
    const auto path = words.value("XENBUS_PATH");
    if (kind == PortKind::vif || (path && !path->empty()))
        return BackendPath::parse(required(words, "XENBUS_PATH"));
    const auto id = parse_tap_name(port);
    if (!id)
        throw BadInput("INTERFACE", port, tap_name_rule);
    return BackendPath::of(*id);
}

} // namespace

std::string_view name_of(Verb verb) {
    return std::find_if(verbs.begin(), verbs.end(), [&](const auto& row) { return row.second == verb; })->first;
}

std::optional<HotplugCall> parse_hotplug_call(std::span<const std::string_view> words, const Environment& environment) {
    const CallWords call_words(words, environment);
    for (const std::string_view option : call_words.options())
        if (option != "--dry-run")
            throw BadInput("option", option, "the options are --dry-run, --help and --version");
    const Verb verb = parse_verb(call_words.command());
    const PortKind kind = parse_kind(call_words.value("type_if"));
    if (!concerns(verb, kind))
        return std::nullopt;

    std::string port = required(call_words, port_variable(kind));
    BackendPath backend = backend_of(kind, call_words, port);
    return HotplugCall{.verb = verb,
                       .kind = kind,
                       .backend = std::move(backend),
                       .port = std::move(port),
                       .bridge = call_words.value("bridge"),
                       .ip = call_words.value("ip"),
                       .assignments = call_words.assignments(),
                       .dry_run = call_words.has_option("--dry-run") || call_words.is_on("VIFPLUG_DRY_RUN"),
                       .from_udev = call_words.value("UDEV_CALL") == "1"};
}

void check_port_name(const HotplugCall& call) {
    const std::string_view variable = port_variable(call.kind);
    (void)IfName::parse(variable, call.port);
    if (call.kind == PortKind::tap && !parse_tap_name(call.port))
        throw BadInput(variable, call.port, tap_name_rule);
    const auto named = call.kind == PortKind::tap ? parse_tap_name(call.port) : parse_vif_name(call.port);
    if (named && *named != call.backend.id)
        throw BadInput(variable, call.port, "not the netdev of " + call.backend.path);
}

} // namespace vifplug
