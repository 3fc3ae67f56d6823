// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_step.hpp"
#include "system/host_picture.hpp"
#include "system/netlink_socket.hpp"

namespace vifplug {

// The steps that make links, and change what is particular to an uplink's; Links has the others. All throw Error.

void make_bridge(NetlinkSocket& socket, const MakeBridge& step);
void make_pair(NetlinkSocket& socket, const MakePair& step);
void set_arp(NetlinkSocket& socket, const SetArp& step);
void copy_settings(NetlinkSocket& socket, const CopySettings& step, const HostPicture& picture);
void move_altnames(NetlinkSocket& socket, const MoveAltnames& step, const HostPicture& picture);
void forget_mac(NetlinkSocket& socket, const ForgetMac& step);

/// True when the bridge takes frames to that MAC address for its own because the port has, or had, it.
bool keeps_mac(NetlinkSocket& socket, const Netdev& port, const Mac& mac);

} // namespace vifplug
