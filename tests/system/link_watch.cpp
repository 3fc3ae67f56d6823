// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_watch.hpp"

#include "support/command.hpp"

#include <chrono>
#include <sstream>
#include <stdexcept>

namespace vifplug::test {

namespace {

/// Changes lo, over and over, until the monitor has told of it: then it has told of everything before, too.
void wait_for_mark(const Running& monitor, const std::string& mark) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (int i = 0; monitor.output_so_far().find(mark) == std::string::npos; ++i) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("ip monitor did not report a change");
        must({"ip", "link", "set", "dev", "lo", "alias", mark + std::to_string(i)});
    }
}

} // namespace

std::vector<std::string> watch(const std::string& netdev, const std::function<void()>& work) {
    const Running monitor({"ip", "-o", "-d", "monitor", "link"}, {});
    wait_for_mark(monitor, "before-");
    work();
    wait_for_mark(monitor, "after-");
    std::vector<std::string> lines;
    std::istringstream output(monitor.output_so_far());
    for (std::string line; std::getline(output, line);)
        if (line.find(": " + netdev + ":") != std::string::npos)
            lines.push_back(line);
    return lines;
}

} // namespace vifplug::test
