// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/ownership.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// All ports of this network namespace that RunDirectory::note_vlans() has noted, in no order. `run_directory` as for
/// RunDirectory. A note that cannot be read is as good as none.
std::vector<PortRecord> read_noted_ports(const std::string& run_directory);

} // namespace vifplug
