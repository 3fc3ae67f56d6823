// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/vif_keeper.hpp"
#include "core/configuration.hpp"

namespace vifplug {

/// What the configuration says for the daemon; what it does not say is the default (vifplug.toml(5)).
VifKeeper::Settings settings_of(const Configuration& configuration);

/// Where our hotplug programs are: beside this one, as they were installed together, else where packages put them.
std::string own_libexec_dir();

/// Whether this is the path of Xen's vif-bridge, and a shell script is there and not ours in its place.
bool is_xens_own(const std::string& program);

/// Whether this is the host's own domain or one that serves it, by the number that xenstore gives it. Domain 0 where
/// that cannot be asked: only a driver domain does more.
Residence residence_of(Store& store);

} // namespace vifplug
