// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// Who configures a NIC, besides a DHCP client of its own.
enum class NetworkManagerKind : std::uint8_t { ifupdown, networkd, network_manager };

std::string_view name_of(NetworkManagerKind kind);

/// The names that a NIC's move to a bridge makes, and takes away when it is undone.
struct UplinkNames {
    std::string netdev;                ///< eth0: what the NIC was called, and will be again
    std::string nic;                   ///< peth0: what it is called meanwhile
    std::string holder;                ///< who has its addresses meanwhile
    bool holder_is_bridge = false;     ///< else the end of a veth pair
    std::vector<std::string> left_out; ///< peth0, vif0.0, xenbr0: all that nobody shall configure
};

/// A systemd.network(5) file that keeps systemd-networkd off the links.
std::string networkd_unmanaged(std::span<const std::string> links);

/// A systemd.network(5) file that has the holder configured like the NIC: the text of the NIC's own, matched by name
/// and kind instead, so that it means the new link and never the NIC, which may still have that name. `iaid`: the
/// identity that the lease was given to (RFC 4361); networkd would make another one for another link.
std::string networkd_holder(const UplinkNames& names, std::string_view nics_own, std::optional<std::uint32_t> iaid);

/// The identity association's number in a lease file of networkd's ("CLIENTID=ff..."); nothing when it has none.
std::optional<std::uint32_t> iaid_of_lease(std::string_view lease);

/// A NetworkManager.conf(5) file that keeps NetworkManager off the links.
std::string network_manager_unmanaged(std::span<const std::string> links);

/// The value of a KEY=VALUE line; empty when there is none.
std::string value_of(std::string_view text, std::string_view key);

/// True when interfaces(5) or ifstate text has the interface: "iface eth0 inet dhcp", "eth0=eth0".
bool ifupdown_names(std::string_view text, std::string_view netdev);

} // namespace vifplug
