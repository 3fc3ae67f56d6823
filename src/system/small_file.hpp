// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// The contents of a file of at most 64 KiB; empty when it cannot be read, and what fits of a longer one.
std::string read_small_file(const std::string& path);

/// The same of a file that may be long, whole. Only for files that root alone writes, and the kernel's.
std::string read_whole_file(const std::string& path);

} // namespace vifplug
