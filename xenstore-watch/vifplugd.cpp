// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon.hpp"
#include "app/process.hpp"
#include "system/config_file.hpp"
#include "system/paths.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace {

using namespace vifplug;

int serve(int argc, char** argv) {
    const Environment environment = process_environment();
    CLI::App app("Watches xenstore, puts every guest's network interface on its bridge, and keeps it there.",
                 "vifplugd");
    DaemonCall call{.configuration = config_path(environment)};
    const CLI::Option* named = app.add_option("--config", call.configuration, "the configuration file")
                                   ->check(CLI::ExistingFile)
                                   ->type_name("FILE")
                                   ->capture_default_str();
    app.add_flag("--once", call.once, "look at every vif once and end: with status 1 if one could not be placed");
    app.set_version_flag("--version", std::string("vifplugd (vifplug) ") + vifplug_version);
    app.footer("Stays in the foreground and logs to stderr. vifplugd(8) has the rest.");
    CLI11_PARSE(app, argc, argv);
    call.is_named = named->count() > 0;

    DaemonLog log("vifplugd", environment);
    try {
        return run_daemon(call, environment, log);
    } catch (const std::exception& failure) {
        log.error(failure.what());
        return 1;
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        settle_process();
        return serve(argc, argv);
    } catch (const std::exception& failure) { // what the log itself throws, or the command line's parser
        (void)std::fprintf(stderr, "vifplugd: %s\n", failure.what());
        return 1;
    }
}
