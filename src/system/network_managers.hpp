// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/network_manager.hpp"
#include "core/step.hpp"
#include "system/deadline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vifplug {

/// Somebody who configures the NIC.
struct NetworkManager {
    NetworkManagerKind kind = NetworkManagerKind::ifupdown;
    std::string network_file;          ///< networkd's file for the NIC; empty for others
    std::optional<std::uint32_t> iaid; ///< networkd's identity towards the DHCP server
};

using Sentences = std::vector<std::string>;

/// Who configures the netdev with this index now, and runs. What cannot be read is not there.
std::vector<NetworkManager> managers_of(const std::string& netdev, std::uint32_t index);

/// Before the switch. networkd and NetworkManager are told, by files below /run that name links which are not there
/// yet, to keep off the ports; networkd, to configure the holder like the NIC. The NIC goes on as it is, so nothing is
/// lost when the switch does not come. Gives what the operator has to know. Throws Error, ProgramFailed.
///
/// A networkd that is not told goes on leasing on the renamed NIC, releases the lease when its MAC changes, and asks
/// for another one with the MAC fe:ff:ff:ff:ff:ff (252).
Sentences tell_before_start(const std::vector<NetworkManager>& managers, const UplinkNames& names,
                            const Deadline& deadline);

/// In the switch, when the NIC is called peth0, is a port of the bridge and has no address any more, and before its MAC
/// changes: they let go of it. A failure becomes a sentence: it is no reason to take the bridge back.
///
/// The moment matters with networkd, which stops a DHCP client with a release: from a port of a bridge that does not
/// reach the server, since the answer to its ARP request is the bridge's. With another MAC that request would have the
/// network send what is for us to fe:ff:ff:ff:ff:ff, which nobody has, for a minute.
Sentences tell_in_the_switch(const std::vector<NetworkManager>& managers, const UplinkNames& names,
                             const Deadline& deadline);

/// Just before the link gets the addresses and routes of the other, the NIC's or the holder's, and has its name: those
/// who were told by a file take it up. systemd-networkd drops what it finds on a link when it takes it up (252), so it
/// has to do that first. Does nothing when there are no files, or when the link is taken up already.
///
/// It has to do so before the holder is removed, too: by its source (252.31; not seen to happen), networkd keeps the
/// old name of a link that was renamed and is gone before it hears of either, and calls the NIC "failed" that comes by
/// that name.
Sentences tell_before_giving(const UplinkNames& names, const Netdev& taker, const Deadline& deadline);

/// After the NIC has its name back, also when a start failed: the files go, and the NIC is configured as before. Needs
/// no list of managers: whoever was told by a file is told again. Does nothing when there are no files.
Sentences tell_after_stop(const UplinkNames& names, const Deadline& deadline);

} // namespace vifplug
