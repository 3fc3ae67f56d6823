// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/configuration.hpp"
#include "core/transaction.hpp"
#include "system/links.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// What is said about the NICs of this host: by the records of network-bridge, and by the configuration file.
struct KnownUplinks {
    std::vector<UplinkRecord> records;
    Configuration configuration;
};

/// A NIC that is a port of a bridge, and what is said about the VLANs of its guests.
struct UplinkPolicy {
    Link nic;
    UplinkVlans vlans;
    VlanMode mode = VlanMode::filter;
    bool mac_is_fixed = false; ///< the bridge must not take frames for the NIC's MAC address to itself
};

/// The NICs that network-bridge has put on a bridge, and that are there.
std::vector<UplinkPolicy> uplinks_on_record(const KnownUplinks& known, Links& links);

/// The NICs on the bridge. Where network-bridge was told nothing about VLANs, the file says it.
std::vector<UplinkPolicy> uplinks_of(const Link& bridge, const KnownUplinks& known, Links& links);

} // namespace vifplug
