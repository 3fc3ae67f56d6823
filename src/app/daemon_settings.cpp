// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/daemon_settings.hpp"

#include "core/error.hpp"
#include "system/paths.hpp"
#include "system/small_file.hpp"

#include <filesystem>

namespace vifplug {

std::string own_libexec_dir() {
    std::error_code unknown;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    const auto beside = program.parent_path().parent_path() / "libexec" / "vifplug";
    return unknown || !std::filesystem::exists(beside / "vif-bridge", unknown) ? libexec_dir : beside.string();
}

bool is_xens_own(const std::string& program) {
    return program == std::string(xen_script_dir) + "/vif-bridge" && read_small_file(program).starts_with("#!");
}

VifKeeper::Settings settings_of(const Configuration& configuration) {
    std::vector<std::string> scripts{std::string(xen_script_dir) + "/vif-bridge", own_libexec_dir() + "/vif-bridge"};
    scripts.insert(scripts.end(), configuration.daemon.scripts.begin(), configuration.daemon.scripts.end());
    return {.scripts = VifScripts(scripts, xen_script_dir), .patience = configuration.daemon.patience};
}

Residence residence_of(Store& store) {
    try {
        return store.read("domid").value_or("0") == "0" ? Residence::dom0 : Residence::driver_domain;
    } catch (const Error&) {
        return Residence::dom0;
    }
}

} // namespace vifplug
