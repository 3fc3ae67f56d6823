// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/mtu.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <string>

namespace vifplug {

namespace {

constexpr unsigned smallest = 68;
constexpr unsigned largest = 65535;

bool in_range(unsigned bytes) {
    return bytes >= smallest && bytes <= largest;
}

constexpr std::string_view rule = "a number from 68 to 65535";

} // namespace

Mtu::Mtu(unsigned bytes) : bytes_(bytes) {
    if (!in_range(bytes))
        throw BadInput("mtu", std::to_string(bytes), rule);
}

std::optional<Mtu> parse_mtu(std::string_view text, std::string_view model) {
    if (text.empty())
        return std::nullopt;
    const auto number = parse_decimal(text);
    if (!number || (*number != 0 && !in_range(*number)))
        throw BadInput("mtu", text, std::string(rule) + ", or 0 for " + std::string(model) + "'s");
    if (*number == 0)
        return std::nullopt;
    return Mtu(*number);
}

} // namespace vifplug
