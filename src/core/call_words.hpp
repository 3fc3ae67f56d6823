// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The value of an environment variable, nothing when it is unset.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The words of a command line, in any order: KEY=VALUE assignments, options (they start with "--") and bare words,
/// which are the rest.
class CallWords {
  public:
    /// Never refuses; `words` is argv without argv[0].
    CallWords(std::span<const std::string_view> words, Environment environment);

    /// The first bare word; nothing when there is none.
    std::optional<std::string> command() const;

    std::vector<std::string_view> bare_words() const;

    std::vector<std::string_view> options() const;

    bool has_option(std::string_view option) const;

    /// The last assignment to `name` on the command line, else the environment's.
    std::optional<std::string> value(std::string_view name) const;

    /// Whether `name` is 1. Absent, empty and 0 are no; refuses, with BadInput, every other value: whoever writes "yes"
    /// must not get the opposite.
    bool is_on(std::string_view name) const;

    /// The whole words, "KEY=VALUE".
    std::vector<std::string> assignments() const;

  private:
    std::span<const std::string_view> words_;
    Environment environment_;
};

} // namespace vifplug
