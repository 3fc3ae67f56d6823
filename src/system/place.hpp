// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// Whose a message is: a netdev as its messages call it.
struct Place {
    int index;
    std::string name;
};

} // namespace vifplug
