// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/netlink_socket.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// False when nf_tables is a module that is not loaded: then there are no rules, and asking would load it.
bool nf_tables_may_be_there();

/// A socket to ask nf_tables with; null when the kernel has none, or there is no table in it. Throws Error when the
/// kernel does not let us ask.
std::unique_ptr<NetlinkSocket> socket_to_nf_tables();

/// Asks nf_tables for every object that an NFT_MSG_GET... lists, of all families. Throws Error; see
/// NetlinkSocket::dump.
void dump_nf_tables(NetlinkSocket& socket, int get, const std::string& tried, const std::function<void()>& start_over,
                    const NetlinkSocket::OnMessage& on_message);

// Attributes of nf_tables' messages. Whatever is looked for in a null attribute is not there.

/// An attribute of the message itself; null when it is not there.
const nlattr* nf_attribute(const nlmsghdr& message, int type);

/// An attribute inside an attribute; null when it is not there.
const nlattr* nf_inside(const nlattr* nest, int type);

/// The attributes inside an attribute, in their order.
std::vector<const nlattr*> nf_all_inside(const nlattr* nest);

/// Empty when the attribute is not there.
std::string nf_string(const nlattr* attribute);

/// A number as nf_tables sends it, in network byte order and 32 bits; nothing when it is not that.
std::optional<std::uint32_t> nf_number(const nlattr* attribute);

} // namespace vifplug
