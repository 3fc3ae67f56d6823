// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink_step.hpp"
#include "system/netlink_socket.hpp"

#include <string>

namespace vifplug {

/// Inside the IFLA_INFO_DATA of a bridge.
void put_vlan_filtering(const NetlinkMessage& message, bool on);

/// Sends a change that turns filtering on or off. Throws Error, which says so where the kernel's bridges cannot filter.
void change_filtering(NetlinkSocket& socket, NetlinkMessage message, const std::string& tried);

/// Throws Error as change_filtering() does.
void set_vlan_filtering(NetlinkSocket& socket, const SetVlanFiltering& step);

/// Throws Error when the kernel refuses, or when other VLANs are there in the end; then those from before are.
void give_vlans(NetlinkSocket& socket, const GiveVlans& step);

} // namespace vifplug
