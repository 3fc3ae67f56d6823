// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/control_commands.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>
#include <optional>

namespace vifplug {

namespace {

using nlohmann::json;

std::optional<std::string> text_in(const json& question, const char* key) {
    const auto value = question.find(key);
    if (value == question.end())
        return std::nullopt;
    if (!value->is_string())
        throw BadInput(key, value->dump(), "a text");
    return value->get<std::string>();
}

/// "7.0", and also "vif7.0"; nothing where no vif is named. An empty name is no name of all: it may be what a script
/// has of a vif that it did not find.
std::optional<VifId> vif_in(const json& question, const VifKeeper& keeper) {
    const auto about = text_in(question, "vif");
    if (!about)
        return std::nullopt;
    const auto id = parse_vif_name(about->starts_with("vif") ? *about : "vif" + *about);
    if (!id)
        throw BadInput("vif", *about, "a vif is DOMID.DEVID, like 7.0");
    if (!keeper.vifs().contains(*id))
        throw BadInput("vif", *about, "there is no such vif in xenstore");
    return id;
}

json status(const ControlledDaemon& daemon, std::optional<VifId> id) {
    const auto& vifs = daemon.keeper.vifs();
    return id ? status_of_one(daemon.state, *id, vifs.at(*id)) : status_of_all(daemon.state, vifs);
}

json answer_to(const std::string& line, const ControlledDaemon& daemon) {
    const json question = json::parse(line, nullptr, false);
    if (!question.is_object())
        throw BadInput("question", line, "a JSON object with a command");
    const std::string command = text_in(question, "command").value_or("");
    const auto id = vif_in(question, daemon.keeper);
    if (command == "status")
        return status(daemon, id);
    if (command == "reconcile")
        id ? daemon.keeper.reconcile(*id) : daemon.keeper.reconcile();
    else if (command == "reload")
        daemon.reload();
    else
        throw BadInput("command", command, "one of status, reconcile, reload");
    return {{"version", status_schema_version}};
}

} // namespace

std::string answer_to_line(const std::string& line, const ControlledDaemon& daemon) {
    try {
        return answer_to(line, daemon).dump();
    } catch (const std::exception& failure) {
        return json{{"version", status_schema_version}, {"error", printable(failure.what())}}.dump();
    }
}

} // namespace vifplug
