// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

namespace vifplug {

/// A filter that bridged frames have to pass although nobody may have meant it to: with br_netfilter in the kernel and
/// bridge-nf-call-iptables on (for all bridges, or nf_call_iptables for this one), they go through the FORWARD chains
/// of IPv4, and those may drop what no rule accepts.
///
/// The name of the first such chain whose policy is drop ("iptables FORWARD", "nft chain ip filter FORWARD"); nothing
/// when frames pass. Never throws: where the answer cannot be had, it is nothing. Costs one failed open() on a host
/// without br_netfilter, and loads no kernel module.
std::optional<std::string> dropping_forward_chain(const std::string& bridge);

} // namespace vifplug
