// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/operator_main.hpp"
#include "app/process.hpp"
#include "system/paths.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

namespace {

using namespace vifplug;

constexpr int failure_status = 1;
constexpr int nobody_there_status = 3;

int show(const nlohmann::json& status, bool as_json, bool one) {
    const std::string text = as_json ? status.dump(2) + "\n" : one ? story_of(status) : table_of(status);
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        return failure_status;
    return exit_status_of(status);
}

int ask(int argc, char** argv) {
    const Environment environment = process_environment();
    CLI::App app("Asks vifplugd how the guests' network interfaces are, and has it look again.", "vifplug");
    app.set_version_flag("--version", std::string("vifplug ") + vifplug_version);
    app.require_subcommand(1);
    std::optional<std::string> vif;
    bool as_json = false;
    CLI::App* status = app.add_subcommand("status", "every vif, or one with what happened to it");
    status->add_option("vif", vif, "DOMID.DEVID, like 7.0");
    status->add_flag("--json", as_json, "for programs; vifplug(8) describes it");
    CLI::App* reconcile = app.add_subcommand("reconcile", "look at every vif again, or at one");
    reconcile->add_option("vif", vif, "DOMID.DEVID, like 7.0");
    app.add_subcommand("reload", "read the configuration file anew");
    app.footer("Ends with 0 if all is well, 1 if a vif could not be placed or something failed, 3 if no daemon runs.");
    CLI11_PARSE(app, argc, argv);

    const std::string command = app.get_subcommands().front()->get_name();
    nlohmann::json question{{"command", command}};
    if (vif)
        question["vif"] = *vif;
    const nlohmann::json answer = ask_daemon(question, environment);
    return command == "status" ? show(answer, as_json, vif.has_value()) : 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        settle_process();
        return ask(argc, argv);
    } catch (const NobodyThere& nobody) {
        (void)std::fprintf(stderr, "vifplug: %s\n", nobody.what());
        return nobody_there_status;
    } catch (const std::exception& failure) {
        (void)std::fprintf(stderr, "vifplug: %s\n", failure.what());
        return failure_status;
    }
}
