// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/host_state.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace vifplug {

namespace {

std::string_view as_key(const Entry& entry) {
    return {reinterpret_cast<const char*>(entry.identity.data()), entry.identity.size()};
}

/// By their text: an address with another label, say, is the same address and has to make room.
std::vector<Entry> those_in(const std::vector<Entry>& list, const std::vector<Entry>& other) {
    std::unordered_set<std::string_view> wanted;
    for (const Entry& entry : other)
        wanted.insert(entry.text);
    std::vector<Entry> found;
    std::copy_if(list.begin(), list.end(), std::back_inserter(found),
                 [&](const Entry& entry) { return wanted.contains(entry.text); });
    return found;
}

} // namespace

ListChange plan_ordered(const std::vector<Entry>& have, const std::vector<Entry>& want) {
    const std::vector<Entry> ours = those_in(have, want);
    const auto [from_here, from_there] = std::mismatch(ours.begin(), ours.end(), want.begin(), want.end());
    return {.remove = {from_here, ours.end()}, .add = {from_there, want.end()}};
}

std::vector<Entry> missing_from(const std::vector<Entry>& have, const std::vector<Entry>& want) {
    // A thousand routes against a thousand: by hash, or it takes longer than moving them.
    std::unordered_set<std::string_view> known;
    for (const Entry& entry : have)
        known.insert(as_key(entry));
    std::vector<Entry> missing;
    std::copy_if(want.begin(), want.end(), std::back_inserter(missing),
                 [&](const Entry& entry) { return !known.contains(as_key(entry)); });
    return missing;
}

std::string name_some(const std::vector<Entry>& entries) {
    constexpr std::size_t enough = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(entries.size(), enough); ++i)
        text += (i == 0 ? "" : ", ") + entries[i].text;
    if (entries.size() > enough)
        text += " and " + std::to_string(entries.size() - enough) + " more";
    return text;
}

} // namespace vifplug
