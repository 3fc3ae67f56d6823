// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/link_local.hpp"

#include "support/command.hpp"
#include "support/eventually.hpp"

#include <stdexcept>

namespace vifplug::test {

namespace {

bool has_link_local_address(const std::string& netdev) {
    const auto says = [&netdev](const std::string& words, const std::string& what) {
        return must(split("ip -6 -oneline " + words + " dev " + netdev)).find(what) != std::string::npos;
    };
    return says("address show scope link -tentative", "fe80:") &&
           says("route show table local type local", "local fe80:") && says("route show", "fe80::/64");
}

} // namespace

void await_link_local_address(const std::string& netdev) {
    if (!eventually([&] { return has_link_local_address(netdev); }))
        throw std::runtime_error(netdev + " has no link-local address");
}

} // namespace vifplug::test
