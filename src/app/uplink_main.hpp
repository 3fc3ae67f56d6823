// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_call.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace vifplug {

/// A program that arranges the host's bridges.
struct UplinkProgram {
    std::string name;
    std::string help;
    std::function<UplinkCall(std::span<const std::string_view>, const Environment&)> parse;
    /// What is said when a call is about no NIC at all.
    std::function<std::string(const Environment&)> about_nothing;
};

/// Serves one call, and gives the process's exit status: 0 done, or nothing to do; 1 refused or failed; status: 0 set
/// up, 3 not set up, 1 broken.
int uplink_main(int argc, char** argv, const UplinkProgram& program);

} // namespace vifplug
