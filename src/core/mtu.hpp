// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

namespace vifplug {

/// A size of frames somebody may ask for, in bytes without the Ethernet header: 68 (RFC 791) to 65535.
class Mtu {
  public:
    /// Refuses, with BadInput, a number outside the range.
    explicit Mtu(unsigned bytes);

    unsigned bytes() const { return bytes_; }

    friend bool operator==(const Mtu&, const Mtu&) = default;

  private:
    unsigned bytes_;
};

/// The value of an `mtu` key. Empty or 0 asks for nothing: the MTU of `model` ("the bridge", "the NIC") is used.
/// Refuses, with BadInput, anything else that is not a number in the range.
std::optional<Mtu> parse_mtu(std::string_view text, std::string_view model = "the bridge");

} // namespace vifplug
