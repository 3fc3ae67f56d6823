// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/link.hpp"

#include <stdexcept>
#include <string_view>

namespace vifplug {

IfIndex::IfIndex(int number) : number_(number) {
    if (number < 1)
        throw std::invalid_argument("interface index " + std::to_string(number));
}

std::string Mac::str() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        if (!text.empty())
            text += ':';
        text += digits[byte >> 4];
        text += digits[byte & 0xF];
    }
    return text;
}

} // namespace vifplug
