// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/filter_binding.hpp"
#include "system/netlink_socket.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The base chains and flowtables of nf_tables that are hooked into the netdev. (nft's JSON names a chain's devices
/// only since 1.0.9.) Throws Error.
std::vector<FilterBinding> hooks_on(NetlinkSocket& socket, const std::string& netdev);

/// True for the releases ("6.1.0-18-amd64") of Linux in which such a hook belongs to a name and finds whoever bears it:
/// from 6.16 on ("nf_tables: Handle NETDEV_CHANGENAME events"). Before, it belongs to the netdev and follows a rename.
bool hooks_belong_to_names(std::string_view release);

} // namespace vifplug
