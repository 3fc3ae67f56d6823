// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/control_commands.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>
#include <optional>

namespace vifplug {

namespace {

using nlohmann::json;

/// "7.0", and also "vif7.0"; nothing where no vif is named.
std::optional<VifId> vif_in(const json& question, const VifKeeper& keeper) {
    const std::string about = question.value("vif", "");
    if (about.empty())
        return std::nullopt;
    const auto id = parse_vif_name(about.starts_with("vif") ? about : "vif" + about);
    if (!id)
        throw BadInput("vif", about, "a vif is DOMID.DEVID, like 7.0");
    if (!keeper.vifs().contains(*id))
        throw BadInput("vif", about, "there is no such vif in xenstore");
    return id;
}

json status(const ControlledDaemon& daemon, std::optional<VifId> id) {
    const auto& vifs = daemon.keeper.vifs();
    return id ? status_of_one(daemon.state, *id, vifs.at(*id)) : status_of_all(daemon.state, vifs);
}

json answer_to(const json& question, const ControlledDaemon& daemon) {
    if (!question.is_object())
        throw BadInput("question", question.dump(), "an object with a command");
    const std::string command = question.value("command", "");
    const auto id = vif_in(question, daemon.keeper);
    if (command == "status")
        return status(daemon, id);
    if (command == "reconcile")
        id ? daemon.keeper.look_at(*id) : daemon.keeper.start_over();
    else if (command == "reload")
        daemon.reload();
    else
        throw BadInput("command", command, "one of status, reconcile, reload");
    return {{"version", status_schema_version}};
}

} // namespace

std::string answer_to_line(const std::string& line, const ControlledDaemon& daemon) {
    try {
        return answer_to(json::parse(line), daemon).dump();
    } catch (const std::exception& failure) {
        return json{{"version", status_schema_version}, {"error", printable(failure.what())}}.dump();
    }
}

} // namespace vifplug
