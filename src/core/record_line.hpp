// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// A record about a netdev as a line of text: the network namespace in which its number means something, that number,
/// words, and an end, which a line lacks that a full disk cut short.
struct RecordLine {
    IfIndex netdev;
    std::vector<std::string_view> words;
};

std::string format_record_line(const std::string& network_namespace, IfIndex netdev,
                               const std::vector<std::string>& words);

/// Reads such a line with so many words. Nothing when it is of another network namespace, was cut short, or is none.
/// The words are pieces of `text`.
std::optional<RecordLine> parse_record_line(std::string_view text, std::string_view network_namespace,
                                            std::size_t words);

} // namespace vifplug
