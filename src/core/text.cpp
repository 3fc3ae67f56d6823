// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vifplug {

namespace {

constexpr std::size_t longest_quote = 64;

/// The length of the well-formed UTF-8 sequence that `bytes` starts with, 0 when it starts with none.
std::size_t utf8_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80)
        return 1;

    struct Form {
        unsigned char lead_first, lead_last, second_first, second_last;
        std::size_t length;
    };
    // RFC 3629, section 4: the second byte's range is what keeps overlong forms and surrogates out.
    static constexpr std::array<Form, 8> forms{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                                {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                                {0xE1, 0xEC, 0x80, 0xBF, 3},
                                                {0xED, 0xED, 0x80, 0x9F, 3},
                                                {0xEE, 0xEF, 0x80, 0xBF, 3},
                                                {0xF0, 0xF0, 0x90, 0xBF, 4},
                                                {0xF1, 0xF3, 0x80, 0xBF, 4},
                                                {0xF4, 0xF4, 0x80, 0x8F, 4}}};
    for (const Form& form : forms) {
        if (lead < form.lead_first || lead > form.lead_last)
            continue;
        if (bytes.size() < form.length || at(1) < form.second_first || at(1) > form.second_last)
            return 0;
        for (std::size_t i = 2; i < form.length; ++i)
            if ((at(i) & 0xC0) != 0x80)
                return 0;
        return form.length;
    }
    return 0;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void append_escaped(std::string& into, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    into += "\\x";
    into += digits[byte >> 4];
    into += digits[byte & 0xF];
}

} // namespace

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0)
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0 || is_control(bytes.front())) {
            append_escaped(text, bytes.front());
            bytes.remove_prefix(1);
        } else {
            text += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
    }
    return text;
}

std::string in_quotes(std::string_view bytes) {
    if (bytes.size() <= longest_quote)
        return "'" + printable(bytes) + "'";
    return "'" + printable(bytes.substr(0, longest_quote)) + "...' (" + std::to_string(bytes.size()) + " bytes)";
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (true) {
        const auto start = std::find_if_not(text.begin(), text.end(), is_blank);
        if (start == text.end())
            return found;
        const auto end = std::find_if(start, text.end(), is_blank);
        found.push_back(
            text.substr(static_cast<std::size_t>(start - text.begin()), static_cast<std::size_t>(end - start)));
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    }
}

std::optional<std::uint32_t> parse_decimal(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace vifplug
