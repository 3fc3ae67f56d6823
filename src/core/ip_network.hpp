// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vifplug {

enum class IpFamily { v4, v6 };

/// An address a guest may use, or a network of them: "192.0.2.1", "192.0.2.0/24", "2001:db8::/64".
class IpNetwork {
  public:
    /// An address without "/LENGTH" is a network of one. The host part is kept as written. Refuses, with BadInput,
    /// text that is no address (inet_pton(3) decides), and a length above 32 or 128.
    static IpNetwork parse(std::string_view text);

    IpFamily family() const { return family_; }
    unsigned prefix_length() const { return prefix_length_; }

    /// In network byte order; an IPv4 address fills the first four bytes, the rest is zero.
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

    /// As ip(8) writes it, always with the length.
    std::string str() const;

    friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

  private:
    IpNetwork() = default;

    IpFamily family_ = IpFamily::v4;
    unsigned prefix_length_ = 0;
    std::array<std::uint8_t, 16> bytes_{};
};

} // namespace vifplug
