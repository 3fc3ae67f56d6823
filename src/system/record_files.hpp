// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/small_file.hpp"
#include "system/whole_file.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace vifplug {

/// The records in those files of the directory that have the suffix, as far as `parse` takes them for this network
/// namespace's: `parse(text, network_namespace)` gives an optional record. In no order; no directory, no records.
template <class Record, class Parse>
std::vector<Record> read_records(const std::string& directory, const char* suffix, Parse parse) {
    std::vector<Record> records;
    const std::string here = network_namespace();
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none))
        if (entry.path().extension() == suffix)
            if (auto record = parse(read_whole_file(entry.path()), here))
                records.push_back(std::move(*record));
    return records;
}

} // namespace vifplug
