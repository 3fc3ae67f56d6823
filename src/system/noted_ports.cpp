// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/noted_ports.hpp"

#include "system/record_files.hpp"

namespace vifplug {

std::vector<PortRecord> read_noted_ports(const std::string& run_directory) {
    return read_records<PortRecord>(run_directory, ".vlans", parse_record);
}

} // namespace vifplug
