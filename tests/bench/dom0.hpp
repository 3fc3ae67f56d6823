// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vifplug::bench {

enum class Load {
    plain,  ///< an IPv4 and an IPv6 address, a default route of each family
    loaded, ///< 100 addresses and 1,000 routes, half of them IPv6, some in another table
};

constexpr const char* dom0_v4 = "192.0.2.10";
constexpr const char* dom0_v6 = "2001:db8::10";

/// What a machine's network is, a line for each thing.
using Lines = std::vector<std::string>;

/// The network of a host that network-bridge is called on, and of a remote host on the same wire. In the network
/// namespace that this process is in, which has to be empty and its own; the remote host is in a second one.
///
/// I1: eth0 is one end of a veth pair. The other end is a port of a switch, a bridge in the remote namespace with
///     another port that is up; so the remote host keeps its link while eth0 is down, as behind a real switch.
/// I2: make() leaves nothing of an earlier round: no link, no address, no record of network-bridge's.
class Dom0 {
  public:
    /// `records`: network-bridge's run directory.
    explicit Dom0(std::string records);

    void make(Load load);

    /// All that "as before" means: links with their details, addresses in their order, routes of all tables.
    Lines state() const;

    /// The part of it that belongs to the name eth0, whatever link bears it: addresses and routes.
    Lines carried() const;

    /// Whether eth0 is another link than the NIC, and the NIC a port of a bridge by the name of peth0.
    bool is_started() const;

  private:
    std::string records_;
    std::string nic_index_;
};

/// Waits until `now` gives `wanted`, some seconds at the longest: the kernel tells of a link's state with some delay.
/// Empty when it does, else a line that one of them has and the other has not.
std::string difference_from(const Lines& wanted, const std::function<Lines()>& now);

/// Does something in the remote host's namespace. A socket stays in the namespace it was made in.
void in_remote_namespace(const std::function<void()>& what);

} // namespace vifplug::bench
