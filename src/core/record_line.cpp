// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/record_line.hpp"

#include "core/text.hpp"

#include <limits>

namespace vifplug {

namespace {

constexpr std::string_view end_of_record = ".";
constexpr std::size_t words_around = 3; // the namespace, the number, the end

} // namespace

std::string format_record_line(const std::string& network_namespace, IfIndex netdev,
                               const std::vector<std::string>& words) {
    std::string line = network_namespace + " " + std::to_string(netdev.number()) + " ";
    for (const std::string& word : words)
        line += word + " ";
    return line.append(end_of_record) + "\n";
}

std::optional<RecordLine> parse_record_line(std::string_view text, std::string_view network_namespace,
                                            std::size_t words) {
    std::vector<std::string_view> fields = vifplug::words(text);
    if (fields.size() != words + words_around || fields.front() != network_namespace || fields.back() != end_of_record)
        return std::nullopt;
    const auto index = parse_decimal(fields[1]);
    if (!index || *index == 0 || *index > std::numeric_limits<int>::max())
        return std::nullopt;
    return RecordLine{IfIndex(static_cast<int>(*index)), {fields.begin() + 2, fields.end() - 1}};
}

} // namespace vifplug
