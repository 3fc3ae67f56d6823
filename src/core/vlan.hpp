// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The number of a VLAN: 1 to 4094 (IEEE 802.1Q; 0 and 4095 are reserved).
class VlanId {
  public:
    /// Throws std::invalid_argument outside the range.
    explicit VlanId(unsigned number);

    std::uint16_t number() const { return number_; }

    friend bool operator==(const VlanId&, const VlanId&) = default;
    friend bool operator<(const VlanId& a, const VlanId& b) { return a.number_ < b.number_; }

  private:
    std::uint16_t number_;
};

inline constexpr unsigned first_vlan = 1;
inline constexpr unsigned last_vlan = 4094;

/// How frames of a VLAN leave a port.
enum class Tagging : std::uint8_t { tagged, untagged };

/// VLANs with consecutive numbers that are alike on a port; the kernel takes and gives them as one (bridge_vlan_info).
struct VlanRange {
    VlanId first, last;
    Tagging tagging = Tagging::tagged;
    bool pvid = false; ///< then first is last

    friend bool operator==(const VlanRange&, const VlanRange&) = default;
};

/// The VLANs of a bridge's port: frames of which it takes and gives, which of them without a tag, and to which one
/// untagged frames belong. The value of a vif's `vlan` key, and what a kernel's port has, are both this.
class VlanList {
  public:
    VlanList() = default; ///< none: no frame passes

    /// The access VLAN: untagged frames only, and those of this VLAN.
    static VlanList access(VlanId id);

    bool has(VlanId id) const { return members_.test(id.number()); }
    bool empty() const { return members_.none(); }
    std::size_t size() const { return members_.count(); }
    std::optional<VlanId> pvid() const;
    Tagging tagging(VlanId id) const;

    /// A VLAN that is there already gets the new tagging.
    void add(VlanId id, Tagging tagging);
    void remove(VlanId id);   ///< the PVID, too, if it is that one
    void set_pvid(VlanId id); ///< adds it, untagged, where it is not there

    /// As the kernel takes them: in order, and as few as there can be.
    std::vector<VlanRange> ranges() const;

    /// In the words of the `vlan` key, with series written out: "10p/20-25u/100".
    std::string str() const;

    friend bool operator==(const VlanList&, const VlanList&) = default;

  private:
    using Set = std::bitset<last_vlan + 2>;

    Set members_, untagged_;
    std::uint16_t pvid_ = 0; ///< 0: none
};

/// Whose VLANs are meant: those of a port, or those of a bridge for what it sends and gets itself.
enum class VlanOwner : std::uint8_t { port, bridge };

/// The VLANs of `from` that `to` does not have.
std::vector<VlanRange> vlans_to_remove(const VlanList& from, const VlanList& to);

/// The VLANs of `to` that `from` does not have, or has with another tagging or without being the PVID.
std::vector<VlanRange> vlans_to_add(const VlanList& from, const VlanList& to);

/// The value of a `vlan` key (xl-network-configuration(5)): terms between slashes, each `V`, `V1-V2` or
/// `V+OFFSETxCOUNT` (V and COUNT more, OFFSET apart), with `u` behind it for untagged, and `p` behind a single V for
/// the PVID, which is untagged. A list of one VLAN may leave the `p` out. `key` starts the refusal.
///
/// Refuses, with BadInput that names the term: another form, a number outside 1 to 4094, a range backwards, a VLAN
/// twice, a second PVID, and several VLANs without a PVID (L4).
VlanList parse_vlan_list(std::string_view text, std::string_view key = "vlan");

/// The same terms, but none of them has to be the PVID. Empty text is refused, too.
VlanList parse_vlan_terms(std::string_view text, std::string_view key);

/// A bridge with VLANs behind its name, in the words of Xen's vif-openvswitch.
struct BridgeAndVlans {
    IfName bridge;
    VlanList vlans;
};

/// Reads `xenbr0.10` (access), `xenbr0:20:30` (trunk: tagged, and no frame without a tag passes) and `xenbr0.5:20:30`
/// (untagged frames belong to 5). Nothing for a text of another form, which is a name or none. A text with a colon can
/// be no name: refuses, with BadInput, one whose VLANs are wrong.
std::optional<BridgeAndVlans> parse_bridge_and_vlans(std::string_view text);

} // namespace vifplug
