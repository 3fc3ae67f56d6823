// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"
#include "core/configuration.hpp"

#include <string>
#include <string_view>

namespace vifplug {

/// VIFPLUG_CONFIG, or /etc/xen/vifplug.toml where that is unset or empty.
std::string config_path(const Environment& environment);

/// What the TOML text of a configuration file says (vifplug.toml(5)). Refuses, with a BadInput that starts with
/// "FILE:LINE: " ("FILE:LINE:COLUMN: " for what is no TOML), whatever is unknown, of the wrong type or wrong, a
/// [[bridge]] without a netdev, and two of them with the same name, netdev or vifnum.
Configuration parse_configuration(std::string_view text, const std::string& file);

/// Reads and parses the file. One that does not exist says nothing; throws Error for one that cannot be read, and
/// BadInput also for one that is too long to be a configuration.
Configuration read_configuration(const std::string& path);

/// As read_configuration(), of a file that somebody named: one that does not exist is an Error, too.
Configuration read_named_configuration(const std::string& path);

} // namespace vifplug
