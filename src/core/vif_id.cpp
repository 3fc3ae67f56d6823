// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_id.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace vifplug {

namespace {

constexpr std::string_view backend_marker = "backend/vif/";
constexpr std::uint32_t last_domid = 0x7fef;
constexpr std::size_t longest_xenstore_path = 3072; // XENSTORE_ABS_PATH_MAX

bool is_path_character(char c) {
    // The characters xenstored accepts (docs/misc/xenstore.txt).
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '/' || c == '@';
}

/// `left` and `right` of "<left><separator><right>" as numbers without superfluous zeros.
std::optional<VifId> parse_pair(std::string_view text, char separator) {
    const std::size_t middle = text.find(separator);
    if (middle == std::string_view::npos)
        return std::nullopt;
    const std::array<std::string_view, 2> parts{text.substr(0, middle), text.substr(middle + 1)};
    for (const std::string_view part : parts)
        if (part.size() > 1 && part.front() == '0')
            return std::nullopt;
    const auto domain = parse_decimal(parts[0]);
    const auto device = parse_decimal(parts[1]);
    if (!domain || !device || *domain > last_domid)
        return std::nullopt;
    return VifId{DomId{*domain}, DevId{*device}};
}

std::string numbers(VifId id, char separator) {
    return std::to_string(static_cast<std::uint32_t>(id.domain)) + separator +
           std::to_string(static_cast<std::uint32_t>(id.device));
}

} // namespace

BackendPath BackendPath::parse(std::string_view text) {
    constexpr std::string_view rule = "a vif's backend is [/local/domain/N/]backend/vif/DOMID/DEVID";
    if (text.size() > longest_xenstore_path || !std::all_of(text.begin(), text.end(), is_path_character))
        throw BadInput("XENBUS_PATH", text, rule);
    const std::size_t marker = text.find(backend_marker);
    const bool at_start = marker == 0;
    const bool below_a_domain = marker != std::string_view::npos && marker > 0 && text.front() == '/' &&
                                text[marker - 1] == '/' && text.find("//") == std::string_view::npos;
    if (!at_start && !below_a_domain)
        throw BadInput("XENBUS_PATH", text, rule);
    const auto id = parse_pair(text.substr(marker + backend_marker.size()), '/');
    if (!id)
        throw BadInput("XENBUS_PATH", text, rule);
    return {std::string(text), *id};
}

BackendPath BackendPath::of(VifId id) {
    return {std::string(backend_marker) + numbers(id, '/'), id};
}

std::string BackendPath::node(std::string_view key) const {
    return path + "/" + std::string(key);
}

std::string netdev_name(VifId id, PortKind kind) {
    return "vif" + numbers(id, '.') + (kind == PortKind::tap ? "-emu" : "");
}

std::string xenbus_device_name(VifId id) {
    return "vif-" + numbers(id, '-');
}

std::optional<VifId> parse_vif_name(std::string_view name) {
    constexpr std::string_view prefix = "vif";
    if (!name.starts_with(prefix))
        return std::nullopt;
    return parse_pair(name.substr(prefix.size()), '.');
}

std::optional<VifId> parse_tap_name(std::string_view name) {
    constexpr std::string_view old_prefix = "tap";
    constexpr std::string_view suffix = "-emu";
    if (name.starts_with(old_prefix))
        return parse_pair(name.substr(old_prefix.size()), '.');
    if (!name.ends_with(suffix))
        return std::nullopt;
    return parse_vif_name(name.substr(0, name.size() - suffix.size()));
}

std::string frontend_path(VifId id) {
    return "/local/domain/" + std::to_string(static_cast<std::uint32_t>(id.domain)) + "/device/vif/" +
           std::to_string(static_cast<std::uint32_t>(id.device));
}

} // namespace vifplug
