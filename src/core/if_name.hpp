// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace vifplug {

/// The name of a network interface as somebody may give or ask for it.
class IfName {
  public:
    /// 1 to 15 bytes of UTF-8 without white space, control characters, '/', ':' or '%', and neither ".", "..", "all"
    /// nor "default". Stricter than dev_valid_name() (net/core/dev.c) in three things: '%' makes the kernel invent a
    /// number, and control characters or broken UTF-8 would spoil every log and xenstore node that mentions the name.
    /// A leading '-' is only a name. Throws BadInput that starts with `thing` ("bridge", "vifname").
    static IfName parse(std::string_view thing, std::string_view text);

    const std::string& str() const { return text_; }

    friend auto operator<=>(const IfName&, const IfName&) = default;

  private:
    explicit IfName(std::string_view text) : text_(text) {}

    std::string text_;
};

} // namespace vifplug
