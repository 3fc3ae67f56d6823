// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/command.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

namespace vifplug::test {

/// A host whose NIC eth0 is wired to a network with a DHCP server: a veth pair whose other end, wire0, is in a network
/// namespace with dnsmasq. Leases are to be renewed every five seconds, and rebound after nine.
///
/// /etc cannot be written here, /var/lib/dhcp and /var/lib/dhcpcd are empty and private: a client that believes it
/// configures the machine changes nothing of it.
class DhcpWorld : public testing::Test {
  protected:
    /// Skips the test in the sandbox of an ordinary user: dnsmasq, dhcpcd and networkd become other users, and there
    /// is only one.
    void SetUp() override;

    /// As ifupdown starts it: returns when the lease is there.
    void start_dhclient() const;

    /// Returns when the lease is there. `words`: besides the configuration file.
    void start_dhcpcd(const std::string& words) const;

    /// systemd-networkd with a system bus, but without udev, as in a container. The NIC is a macvlan here, since
    /// networkd tells a NIC from the end of a veth pair. Returns when the lease is there.
    void start_networkd();

    /// Stops networkd where it is, as on a machine that has no time for it; and lets it go on.
    void halt_networkd() const;
    void let_networkd_go_on() const;

    /// network-bridge with these words, which has to succeed.
    static void network_bridge(const std::string& words);

    /// The same, and `meanwhile` is done while it runs.
    static void network_bridge(const std::string& words, const std::function<void()>& meanwhile);

    /// Waits for so many renewals, and looks after each, when the client has dealt with it: the leased address is on
    /// this link and on no other.
    void expect_renewals(int count, const std::string& link) const;

    /// The address of the lease, from the server's own record; empty when there is none.
    static std::string leased_address();

    /// The links that carry the address.
    static std::vector<std::string> links_with(const std::string& address);

    /// The command lines of all processes called so, in this network namespace; blanks between the words.
    static std::vector<std::string> command_lines(const std::string& name);

    /// How often the server has said this ("DHCPACK", "DHCPRELEASE").
    static int said_by_server(const std::string& word);

    /// Waits until it is so, looking again and again; fails the test when it is not within the time.
    static bool eventually(const std::string& what, const std::function<bool()>& is_so);

  private:
    std::optional<Running> dnsmasq_;
    std::optional<Running> bus_;
    std::optional<Running> networkd_;
};

} // namespace vifplug::test
