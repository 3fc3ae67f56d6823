// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"

#include "core/text.hpp"

namespace vifplug {

namespace {

std::string sentence(const std::string& tried, const std::error_code& code, const std::string& detail) {
    std::string text = tried + ": " + code.message();
    if (!detail.empty())
        text += " (" + printable(detail) + ")";
    return text;
}

} // namespace

BadInput::BadInput(std::string_view thing, std::string_view value, std::string_view rule)
    : std::runtime_error(std::string(thing) + "=" + in_quotes(value) + ": " + std::string(rule)) {}

Error::Error(const std::string& tried, std::error_code code, const std::string& detail)
    : std::runtime_error(sentence(tried, code, detail)), code_(code) {}

bool is_gone(const Error& error) {
    return error.code() == std::errc::no_such_device || error.code() == std::errc::no_such_device_or_address;
}

} // namespace vifplug
