// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vifplug {

/// Two types, since vif7.0 and vif0.7 differ by one swapped argument.
enum class DomId : std::uint32_t {};
enum class DevId : std::uint32_t {};

/// Which vif: the guest's domain id and the number of the interface in it.
struct VifId {
    DomId domain;
    DevId device;

    friend bool operator==(const VifId&, const VifId&) = default;
    friend bool operator<(const VifId& a, const VifId& b) {
        return std::pair(a.domain, a.device) < std::pair(b.domain, b.device);
    }
};

/// The two netdevs a guest interface can have: netback's, and the device model's tap of an emulated NIC.
enum class PortKind { vif, tap };

/// The xenstore directory of a backend and the vif it belongs to.
struct BackendPath {
    std::string path; ///< as the caller gave it: relative ("backend/vif/7/0") is resolved by xenstored, per domain
    VifId id;

    /// Accepts ".../backend/vif/<domid>/<devid>", relative or absolute (V29). Refuses, with BadInput, any other path,
    /// a domid above 32751 (DOMID_FIRST_RESERVED is 0x7ff0), and bytes that no xenstore path has.
    static BackendPath parse(std::string_view text);

    /// The path the kernel and libxl use for this vif, relative to the backend domain.
    static BackendPath of(VifId id);

    std::string node(std::string_view key) const;
};

/// "vif7.0", or "vif7.0-emu" for the tap.
std::string netdev_name(VifId id, PortKind kind);

/// What the kernel calls the device behind a real vif on its xen-backend bus: "vif-7-0".
std::string xenbus_device_name(VifId id);

/// The vif of "vif7.0"; nothing for any other name.
std::optional<VifId> parse_vif_name(std::string_view name);

/// The vif of "vif7.0-emu" (Xen 4.2 and later) or "tap7.0" (Xen 4.1); nothing for any other tap (P7, P8).
std::optional<VifId> parse_tap_name(std::string_view name);

/// The directory of the guest's half. Guests may write below it: never read it for a decision.
std::string frontend_path(VifId id);

} // namespace vifplug
