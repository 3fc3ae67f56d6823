// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/link_local.hpp"

#include "support/command.hpp"
#include "support/eventually.hpp"

#include <sstream>
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

bool has_all_local_routes() {
    const std::string routes = must(split("ip -6 -o route show table all type local"));
    std::istringstream addresses(must(split("ip -6 -o address show up -tentative")));
    for (std::string line; std::getline(addresses, line);) {
        const Words words = split(line); // 2: eth0 inet6 2001:db8::1/64 scope ...
        const std::string address = words.at(3).substr(0, words.at(3).find('/'));
        if (routes.find("local " + address + " dev " + words.at(1) + " ") == std::string::npos)
            return false;
    }
    return true;
}

} // namespace

void await_link_local_address(const std::string& netdev) {
    if (!eventually([&] { return has_link_local_address(netdev); }))
        throw std::runtime_error(netdev + " has no link-local address");
}

void await_local_routes() {
    if (!eventually(has_all_local_routes))
        throw std::runtime_error("not all IPv6 addresses have local routes");
}

} // namespace vifplug::test
