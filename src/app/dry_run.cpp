// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/dry_run.hpp"

#include "core/text.hpp"

#include <cstdio>

namespace vifplug {

namespace {

template <class Thing>
std::vector<std::string> each_described(const std::vector<Thing>& things) {
    std::vector<std::string> lines;
    for (const Thing& thing : things)
        lines.push_back(describe(thing));
    return lines;
}

} // namespace

std::vector<std::string> describe_all(const Plan& plan) {
    return each_described(plan);
}

std::vector<std::string> describe_all(const std::vector<NodeChange>& changes) {
    return each_described(changes);
}

std::vector<std::string> describe_hooks(const std::vector<std::string>& hooks) {
    std::vector<std::string> lines;
    for (const std::string& hook : hooks)
        lines.push_back("run " + printable(hook));
    return lines;
}

void print_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
        (void)std::fputs((line + "\n").c_str(), stdout); // a closed stdout: nobody wants to know
}

} // namespace vifplug
