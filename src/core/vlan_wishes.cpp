// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan_wishes.hpp"

#include "core/text.hpp"

#include <string_view>
#include <vector>

namespace vifplug {

namespace {

/// All that is to say of VLANs, whoever says it.
struct Said {
    bool filters;
    UplinkVlans vlans;
    VlanMode mode;
};

std::string assignment(std::string_view key, std::string_view value) {
    return std::string(key) + "=" + in_quotes(value);
}

std::string filtering_in_words(bool filters) {
    return assignment("vlan_filtering", filters ? "yes" : "no");
}

std::string vlans_in_words(const UplinkVlans& vlans) {
    return vlans.kind == UplinkVlans::Kind::untouched ? "no vlans" : assignment("vlans", text_of(vlans));
}

std::string mode_in_words(VlanMode mode) {
    return assignment("vlan-mode", name_of(mode));
}

/// "vlan_filtering='yes', vlans='10p/20' and vlan-mode='filter'"
std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

bool differ_in_vlans(const Said& one, const Said& other) {
    const auto is_fixed = [](const Said& said) { return said.vlans.kind == UplinkVlans::Kind::fixed; };
    // Without a list they follow from filtering.
    return one.vlans != other.vlans && (one.filters == other.filters || is_fixed(one) || is_fixed(other));
}

/// What `one` says otherwise than `other`.
std::string differences(const Said& one, const Said& other) {
    std::vector<std::string> words;
    if (one.filters != other.filters)
        words.push_back(filtering_in_words(one.filters));
    if (differ_in_vlans(one, other))
        words.push_back(vlans_in_words(one.vlans));
    if (one.mode != other.mode)
        words.push_back(mode_in_words(one.mode));
    return listed(words);
}

/// What a start would make of it on the same bridge.
Said said_by(const UplinkRequest& request, bool bridge_filtered) {
    return {request.vlans || request.vlan_filtering.value_or(bridge_filtered), vlans_of(request), request.vlan_mode};
}

/// vif-bridge adds VLANs to the NIC, and makes bridges for them, as the file says; it gives no list and turns nothing
/// on.
bool is_followed_by_vifs(const UplinkVlans& vlans) {
    return vlans.kind != UplinkVlans::Kind::fixed;
}

} // namespace

std::optional<std::string> outdated_vlans(const Uplink& uplink, const UplinkRequest& configured) {
    const Said wanted = said_by(configured, uplink.bridge_filtered);
    Said has{uplink.vlan_filtering || uplink.bridge_filtered, uplink.vlans, uplink.vlan_mode};
    if (uplink.says_nothing_of_vlans()) {
        has.mode = wanted.mode;
        if (is_followed_by_vifs(wanted.vlans))
            has.vlans = wanted.vlans;
    }
    const std::string is = differences(has, wanted);
    if (is.empty())
        return std::nullopt;
    return printable(uplink.netdev) + " is set up with " + is + " and stays so, while the configuration says " +
           differences(wanted, has) + ": stop and start apply that";
}

std::optional<std::string> passed_over_vlans(const UplinkRequest& request, const HostLink& nic,
                                             const HostLink& bridge) {
    const bool filters = bridge.link.vlan_settings && bridge.link.vlan_settings->filters;
    const bool vifs_follow = request.is_configured && nic.link.master == bridge.link.index;
    std::vector<std::string> words;
    if (request.vlan_filtering && *request.vlan_filtering != filters)
        words.push_back(filtering_in_words(*request.vlan_filtering));
    if (request.vlans && !(vifs_follow && is_followed_by_vifs(*request.vlans)))
        words.push_back(vlans_in_words(*request.vlans));
    if (request.vlan_mode == VlanMode::device && !vifs_follow)
        words.push_back(mode_in_words(request.vlan_mode));
    if (words.empty())
        return std::nullopt;
    return printable(nic.link.name) + ": ignoring " + listed(words) + ", since bridge " + printable(bridge.link.name) +
           " is not of network-bridge's making";
}

} // namespace vifplug
