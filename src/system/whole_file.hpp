// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// Writes a file whole or not at all: beside it, to disk, and then in its place. Throws Error.
void write_whole_file(const std::string& path, const std::string& text);

/// Makes a directory, and those above it, root's alone. One that is there is no failure. Throws Error.
void make_directories(const std::string& path);

/// Names this network namespace: index numbers mean something in their own only.
std::string network_namespace();

} // namespace vifplug
