// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/dhcp_client.hpp"
#include "system/deadline.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// The DHCP clients of this network namespace that serve the netdev: ISC's dhclient, and dhcpcd from version 9 on.
///
/// dhclient: every process of root's with that name. dhcpcd: who its pid files in /run/dhcpcd name, since it writes
/// over its own command line. So of dhcpcd's options only the protocol and the configuration file are known; all
/// others are lost when it is started again, and belong into dhcpcd.conf.
/// Never throws for a process that ends meanwhile.
std::vector<DhcpClient> find_dhcp_clients(const std::string& netdev);

/// Ends the client. The lease stays with us and with the server, addresses and routes stay where they are. dhcpcd is
/// told so through its control socket: "dhcpcd -p -x" only sends a signal (9.4), and keeps nothing unless dhcpcd.conf
/// says "persistent". No failure when it is gone already. Throws Error, ProgramFailed.
void stop_keeping_configuration(const DhcpClient& client, const Deadline& deadline);

/// Starts a client in the background. It asks for the address it had; nobody waits for the answer here. Does nothing
/// when one serves the netdev already. Throws Error, ProgramFailed.
void start_dhcp_client(const DhcpStart& start, const Deadline& deadline);

} // namespace vifplug
