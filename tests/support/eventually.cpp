// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/eventually.hpp"

#include <thread>

namespace vifplug::test {

bool eventually(const std::function<bool()>& is_so, std::chrono::seconds patience) {
    constexpr std::chrono::milliseconds pause{5};
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

} // namespace vifplug::test
