// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// A netdev's number in its network namespace, never 0. It stays the same through a rename and is not used again
/// soon, so what was looked at is what gets changed, whoever bears its name by then.
class IfIndex {
  public:
    /// Throws std::invalid_argument for a number below 1: no netdev has one.
    explicit IfIndex(int number);

    int number() const { return number_; }

    friend bool operator==(const IfIndex&, const IfIndex&) = default;

  private:
    int number_;
};

struct Mac {
    std::array<std::uint8_t, 6> bytes{};

    std::string str() const;

    friend bool operator==(const Mac&, const Mac&) = default;
};

/// What every port of a guest bears on the host's side: high enough that no bridge ever takes it for its own.
inline constexpr Mac port_mac{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// IFLA_INET6_ADDR_GEN_MODE: whether the kernel gives the link IPv6 addresses of its own accord.
enum class AddressGeneration : std::uint8_t { eui64 = 0, none = 1, stable_privacy = 2, random = 3 };

/// What a bridge does with VLANs.
struct BridgeVlanSettings {
    bool filters = false;      ///< vlan_filtering: a port passes only frames of its VLANs
    unsigned default_pvid = 1; ///< what a new port gets, untagged; 0: nothing

    friend bool operator==(const BridgeVlanSettings&, const BridgeVlanSettings&) = default;
};

/// A netdev as the kernel describes it. What the kernel did not say is absent.
struct Link {
    IfIndex index;
    std::string name; ///< bytes; written by others, so print it with printable()
    std::optional<Mac> mac;
    unsigned mtu = 0;
    bool up = false;
    std::optional<IfIndex> master;
    std::string kind; ///< "bridge", "veth", ...; empty for hardware and for netback's
    std::string parent_bus;
    std::string parent_device;
    std::optional<AddressGeneration> address_generation;  ///< absent on a host without IPv6
    bool ipv6 = false;                                    ///< the kernel does IPv6 on it, and it may get addresses
    std::optional<BridgeVlanSettings> vlan_settings = {}; ///< of a bridge whose kernel knows VLANs
};

/// An IP address of a link, kept as the kernel's own message so that putting it back loses nothing.
struct Address {
    std::string text; ///< "192.0.2.1/24"
    std::vector<std::uint8_t> message;

    friend bool operator==(const Address&, const Address&) = default;
};

} // namespace vifplug
