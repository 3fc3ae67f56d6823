// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/network_manager.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace vifplug {

namespace {

constexpr std::string_view mark = "# Made by vifplug for a bridge of Xen's; goes when the bridge does.\n";

/// Takes the first line off the text.
std::string_view next_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

std::string without_match_section(std::string_view text) {
    std::string rest;
    bool in_match = false;
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.starts_with('['))
            in_match = line.starts_with("[Match]");
        if (!in_match)
            rest += std::string(line) + "\n";
    }
    return rest;
}

} // namespace

std::string_view name_of(NetworkManagerKind kind) {
    switch (kind) {
    case NetworkManagerKind::ifupdown:
        return "ifupdown";
    case NetworkManagerKind::networkd:
        return "systemd-networkd";
    case NetworkManagerKind::network_manager:
        return "NetworkManager";
    }
    return "?";
}

std::string networkd_unmanaged(std::span<const std::string> links) {
    std::string text = std::string(mark) + "[Match]\nName=";
    for (const std::string& link : links)
        text += (&link == &links.front() ? "" : " ") + link;
    return text + "\n\n[Link]\nUnmanaged=yes\n";
}

std::string networkd_holder(const UplinkNames& names, std::string_view nics_own, std::optional<std::uint32_t> iaid) {
    std::string text = std::string(mark) + "[Match]\nName=" + names.holder +
                       "\nKind=" + (names.holder_is_bridge ? "bridge" : "veth") + "\n\n" +
                       without_match_section(nics_own);
    if (iaid)
        text += "\n[DHCPv4]\nIAID=" + std::to_string(*iaid) + "\n";
    return text;
}

std::optional<std::uint32_t> iaid_of_lease(std::string_view lease) {
    constexpr std::string_view form = "ff"; // RFC 4361: then the IAID, then the DUID
    constexpr std::size_t digits = 8;
    const std::string identifier = value_of(lease, "CLIENTID");
    if (!identifier.starts_with(form) || identifier.size() < form.size() + digits)
        return std::nullopt;
    const char* first = identifier.data() + form.size();
    std::uint32_t iaid = 0;
    const auto [end, error] = std::from_chars(first, first + digits, iaid, 16);
    return error == std::errc() && end == first + digits ? std::optional(iaid) : std::nullopt;
}

std::string network_manager_unmanaged(std::span<const std::string> links) {
    std::string text = std::string(mark) + "[keyfile]\nunmanaged-devices+=";
    for (const std::string& link : links)
        text += (&link == &links.front() ? "interface-name:=" : ";interface-name:=") + link;
    return text + "\n";
}

std::string value_of(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
            return std::string(line.substr(key.size() + 1));
    }
    return "";
}

bool ifupdown_names(std::string_view text, std::string_view netdev) {
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        const std::vector<std::string_view> fields = words(line);
        if (fields.size() >= 2 && fields[0] == "iface" && fields[1] == netdev)
            return true;
        if (fields.size() == 1 && fields[0].substr(0, fields[0].find('=')) == netdev)
            return true;
    }
    return false;
}

} // namespace vifplug
