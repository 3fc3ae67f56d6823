// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/filter_binding.hpp"
#include "core/step.hpp"

#include <vector>

namespace vifplug {

/// Everything in nf_tables that knows the netdev by its number, with the rules' text: rules, sets and maps as
/// nft lists them, then the chains and flowtables that are hooked into it and, before Linux 6.16, would follow it. None
/// on a host without nf_tables; no module is loaded to find that out.
///
/// The legacy tables (iptables, ebtables) and iptables-nft know interfaces by name only.
/// Throws Error when there are rules and they cannot be listed.
std::vector<FilterBinding> filter_bindings(const Netdev& netdev);

} // namespace vifplug
