// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_watch.hpp"

#include "support/command.hpp"
#include "support/eventually.hpp"

#include <sstream>
#include <stdexcept>

namespace vifplug::test {

namespace {

/// Changes lo, over and over, until the monitor has told of it: then it has told of everything before, too.
void wait_for_mark(const Running& monitor, const std::string& mark) {
    int times = 0;
    const auto is_told = [&] {
        must({"ip", "link", "set", "dev", "lo", "alias", mark + std::to_string(times++)});
        return monitor.output_so_far().find(mark) != std::string::npos;
    };
    if (!eventually(is_told))
        throw std::runtime_error("ip monitor did not report a change");
}

/// "4: vif1.0@guest1.0: <BROADCAST,..." of one end of a pair, "3: xenbr0: <..." else.
bool is_of(const std::string& line, const std::string& netdev) {
    return line.find(": " + netdev + ":") != std::string::npos || line.find(": " + netdev + "@") != std::string::npos;
}

} // namespace

bool is_up_in(const std::string& line) {
    const std::size_t begin = line.find('<');
    const std::string flags = "," + line.substr(begin + 1, line.find('>') - begin - 1) + ",";
    return flags.find(",UP,") != std::string::npos;
}

std::vector<std::string> watch(const std::string& netdev, const std::function<void()>& work) {
    const Running monitor({"ip", "-o", "-d", "monitor", "link"}, {});
    wait_for_mark(monitor, "before-");
    work();
    wait_for_mark(monitor, "after-");
    std::vector<std::string> lines;
    const std::string told = monitor.output_so_far();
    std::istringstream output(told.substr(told.find("before-")));
    for (std::string line; std::getline(output, line);)
        if (is_of(line, netdev))
            lines.push_back(line);
    return lines;
}

} // namespace vifplug::test
