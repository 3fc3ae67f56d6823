// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/moving_state.hpp"

#include "system/route_messages.hpp"

#include <algorithm>

namespace vifplug {

namespace {

/// Both may have the route of one network, and of the link-local one they do.
bool comes_with_an_address_of(const HostState& state, const Entry& route) {
    const auto is_its = [&](const Entry& address) { return is_made_with(route.message, address.message); };
    return std::any_of(state.addresses_v4.begin(), state.addresses_v4.end(), is_its) ||
           std::any_of(state.addresses_v6.begin(), state.addresses_v6.end(), is_its);
}

} // namespace

HostState own_state_of_bridge(const Uplink& uplink, const HostPicture& picture) {
    const HostLink* bridge = uplink.holder_is_ours() ? nullptr : picture.find(uplink.bridge);
    return bridge != nullptr ? state_on(picture, place_of(*bridge)) : HostState{};
}

HostState without(HostState state, const HostState& own) {
    const auto subtract = [](std::vector<Entry>& from, const std::vector<Entry>& what) {
        from = missing_from(what, from);
    };
    subtract(state.addresses_v4, own.addresses_v4);
    subtract(state.addresses_v6, own.addresses_v6);
    subtract(state.nexthops, own.nexthops);
    std::erase_if(state.routes, [&](const Entry& route) {
        return std::find(own.routes.begin(), own.routes.end(), route) != own.routes.end() &&
               !comes_with_an_address_of(state, route);
    });
    subtract(state.neighbours, own.neighbours);
    subtract(state.rules, own.rules);
    std::erase_if(state.multicast, [&](const Mac& mac) {
        return std::find(own.multicast.begin(), own.multicast.end(), mac) != own.multicast.end();
    });
    return state;
}

HostState without_entries(HostState state, const std::vector<Entry>& entries) {
    const auto is_one = [&](const Entry& entry) {
        return std::find(entries.begin(), entries.end(), entry) != entries.end();
    };
    for (auto* list :
         {&state.addresses_v4, &state.addresses_v6, &state.nexthops, &state.routes, &state.neighbours, &state.rules})
        std::erase_if(*list, is_one);
    std::erase_if(state.bystanders, [&](const Bystander& bystander) { return is_one(bystander.entry); });
    return state;
}

} // namespace vifplug
