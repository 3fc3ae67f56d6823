// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace vifplug {

/// Who a hotplug program is, for its log lines and its --help.
struct HotplugProgram {
    std::string name;
    std::string help; ///< what --help prints
};

/// The whole of a hotplug program: reads the call, does the work, reports. The one place that catches, so that whoever
/// waits hears the reason: it is logged, written to the backend where there is one, and the exit status is 1, or the
/// status of the hook that failed.
int hotplug_main(int argc, char** argv, const HotplugProgram& program);

/// Reports that a call could not even be handed on, as hotplug_main would; gives the exit status.
int report_failed_call(std::span<const std::string_view> words, const HotplugProgram& program,
                       const std::exception& failure);

} // namespace vifplug
