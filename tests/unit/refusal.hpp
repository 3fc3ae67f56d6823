// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"

#include <string>

namespace vifplug::test {

/// The sentence that `work` refuses with; "accepted" when it does not.
template <class Work>
std::string refusal(Work work) {
    try {
        (void)work();
        return "accepted";
    } catch (const BadInput& bad) {
        return bad.what();
    }
}

} // namespace vifplug::test
