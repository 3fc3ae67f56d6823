// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace vifplug {

/// Somebody asked for what cannot be: a configuration has to change. Nothing was touched.
/// The text is one sentence with the thing, its value and the rule: "mtu='12': a number from 68 to 65535".
class BadInput : public std::runtime_error {
  public:
    [[nodiscard]] explicit BadInput(const std::string& sentence) : std::runtime_error(sentence) {}
    [[nodiscard]] BadInput(std::string_view thing, std::string_view value, std::string_view rule);
};

/// The machine refused: what was tried, on what, and what the system answered.
class Error : public std::runtime_error {
  public:
    /// `detail` is the kernel's own sentence beside the code, where it gave one.
    [[nodiscard]] Error(const std::string& tried, std::error_code code, const std::string& detail = "");

    /// Ask by code, never by text.
    const std::error_code& code() const { return code_; }

  private:
    std::error_code code_;
};

/// The error code of an errno value, positive as libc gives it.
inline std::error_code system_code(int errno_value) {
    return {errno_value, std::generic_category()};
}

/// True when the object the call named is no longer there.
bool is_gone(const Error& error);

} // namespace vifplug
