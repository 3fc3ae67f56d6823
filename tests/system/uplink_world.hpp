// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/command.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace vifplug::test {

/// A host with a NIC, eth0, on a network with a gateway: a veth pair whose other end is in the network namespace
/// "wire". The host has 192.0.2.10 and 2001:db8::10, the gateway 192.0.2.1 and 2001:db8::1.
class UplinkWorld : public testing::Test {
  protected:
    UplinkWorld();

    /// ip(8) with these words, which has to succeed.
    static void ip(const std::string& words);

    /// A second NIC, with an address but no route.
    static void make_nic(const std::string& name, const std::string& address);

    /// All kinds of state on eth0, more than one of each.
    static void make_a_rich_host();

    static Result network_bridge(const std::string& words, const Variables& more = {});
    static Result wrapper(const std::string& words, const Variables& more = {});
    static std::string program(const std::string& name);
    static Variables environment(const Variables& more = {});

    /// Runs it, and expects success.
    static void start(const std::string& words);
    static void stop(const std::string& words = "");

    /// Everything about the host's network that a person could look at: links, addresses, routes, rules, neighbours,
    /// nexthop objects, sysctls. Without what passes by itself: numbers of links, seconds that are left.
    static std::string picture();

    /// The lines of ip(8)'s output for one thing, as they are.
    static std::string show(const std::string& words);

    static bool exists(const std::string& netdev);
    static std::string master_of(const std::string& netdev);
    static std::string mac_of(const std::string& netdev);
    static bool is_up(const std::string& netdev);

    /// IPv4 and IPv6 addresses with their prefix lengths.
    static std::vector<std::string> addresses_of(const std::string& netdev);

    /// The host and its gateway exchange packets, by IPv4 and IPv6.
    static bool reaches_the_gateway();

    /// The host is as the picture says, and nothing of ours is left.
    static void expect_untouched(const std::string& before);

    /// Refused: status 1, this sentence, and nothing changed.
    static void expect_refused(const Result& result, const std::string& sentence, const std::string& before);

    /// The time for `network-bridge confirm` is over, however long it was to be.
    static void let_confirmation_time_pass();

    static constexpr const char* nic_mac = "00:16:3e:aa:00:01";
    static constexpr const char* rundir = "/run/vifplug-test";
};

} // namespace vifplug::test
