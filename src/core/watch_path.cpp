// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/watch_path.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace vifplug {

namespace {

constexpr std::string_view watched = "backend/vif";

std::string_view take_part(std::string_view& rest) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    return part;
}

} // namespace

Concern concern_of(std::string_view path) {
    using Extent = Concern::Extent;
    if (!path.starts_with(watched))
        return {};
    std::string_view rest = path.substr(watched.size());
    if (rest.empty())
        return {.extent = Extent::all};
    if (rest.front() != '/')
        return {};
    rest.remove_prefix(1);
    const std::string_view first = take_part(rest);
    const std::string_view second = take_part(rest);
    if (second.empty()) {
        const auto number = parse_decimal(first);
        return number ? Concern{.extent = Extent::domain, .domain = DomId{*number}} : Concern{};
    }
    try {
        const std::string backend = std::string(watched) + "/" + std::string(first) + "/" + std::string(second);
        return {.extent = Extent::vif,
                .domain = std::nullopt,
                .vif = BackendPath::parse(backend).id,
                .key = std::string(take_part(rest))};
    } catch (const BadInput&) {
        return {}; // no directory of a vif bears such a name
    }
}

} // namespace vifplug
