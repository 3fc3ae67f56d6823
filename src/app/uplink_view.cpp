// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_view.hpp"

#include "app/uplink_vlans.hpp"
#include "core/text.hpp"

#include <string_view>
#include <sys/utsname.h>
#include <utility>

namespace vifplug {

namespace {

std::optional<HostLink> copy_of(const HostLink* link) {
    return link != nullptr ? std::optional(*link) : std::nullopt;
}

std::optional<HostLink> of_kind(const HostLink* link, const std::string& kind) {
    return link != nullptr && link->link.kind == kind ? std::optional(*link) : std::nullopt;
}

/// Under the name it has once all is done, or under the one it has until then.
std::optional<HostLink> find_bridge(const Uplink& uplink, const HostPicture& picture) {
    if (auto bridge = of_kind(picture.find(uplink.bridge), "bridge"))
        return bridge;
    return of_kind(picture.find(uplink.bridge_name_before()), "bridge");
}

/// A veth's other end is known by its number, so nobody else's netdev is taken for it.
std::optional<HostLink> other_end(const HostLink& port, const HostPicture& picture) {
    return port.lower ? copy_of(picture.find(*port.lower)) : std::nullopt;
}

} // namespace

bool kernel_renames_live() {
    constexpr std::pair first_that_does{6U, 2U};
    utsname kernel{};
    if (uname(&kernel) != 0)
        return false;
    const std::string_view release = kernel.release; // "6.1.0-28-amd64"
    const std::size_t dot = release.find('.');
    if (dot == std::string_view::npos)
        return false;
    const std::string_view rest = release.substr(dot + 1);
    const auto major = parse_decimal(release.substr(0, dot));
    const auto minor = parse_decimal(rest.substr(0, rest.find_first_not_of("0123456789")));
    return major && minor && std::pair(*major, *minor) >= first_that_does;
}

UplinkNow view_uplink(const Uplink& uplink, const HostPicture& picture, const HostState* state, HostNetwork& network) {
    UplinkNow now;
    now.nic = copy_of(picture.find(uplink.nic));
    now.bridge = find_bridge(uplink, picture);
    if (uplink.holder_is_bridge()) {
        now.holder = now.bridge;
    } else {
        now.port = of_kind(picture.find(uplink.port), "veth");
        if (now.port)
            now.holder = other_end(*now.port, picture);
    }
    if (now.nic)
        now.children = vlans_on(picture, uplink.nic);
    if (now.nic && now.nic->link.master)
        now.nic_master = copy_of(picture.find(*now.nic->link.master));
    if (now.bridge)
        for (const HostLink& port : picture.links)
            if (port.link.master == std::optional(now.bridge->link.index))
                now.bridge_ports.push_back(port);
    now.renames_live = kernel_renames_live();
    if (uplink.mac_is_fixed && now.nic && now.nic->link.mac)
        now.own_mac_forgotten = !network.keeps_mac(netdev_of(now.nic->link), *now.nic->link.mac);
    view_vlans(uplink, now, network);
    now.has_state = state != nullptr && !state->empty();
    if (state != nullptr && now.nic) {
        const Held held = held_on(picture, *state, place_of(*now.nic));
        now.nic_has_state = held.some;
        now.nic_lacks_state = held.lacks;
    }
    if (state != nullptr && now.holder) {
        const Held held = held_on(picture, *state, place_of(*now.holder));
        now.holder_has_state = held.some;
        now.holder_lacks_state = held.lacks;
    }
    return now;
}

} // namespace vifplug
