// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace vifplug {

/// The text of hotplug/hook-prelude.bash, which the build puts into the program.
extern const std::string_view hook_prelude;

} // namespace vifplug
