// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// True when the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view bytes);

/// The text as a person can read it on one line: control bytes, and every byte that is not UTF-8, become \xNN.
std::string printable(std::string_view bytes);

/// printable() in single quotes, at most 64 bytes of it: a hostile value must not fill a log.
std::string in_quotes(std::string_view bytes);

/// The words of a text, divided at blanks, tabs and line ends. Nothing is expanded and no quote has a meaning.
std::vector<std::string_view> words(std::string_view text);

/// A decimal number made of digits only (no sign, no blank); nothing for any other text or one that does not fit.
std::optional<std::uint32_t> parse_decimal(std::string_view text);

} // namespace vifplug
