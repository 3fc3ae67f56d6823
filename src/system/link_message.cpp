// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/link_message.hpp"

#include "system/netlink_attributes.hpp"
#include "system/small_file.hpp"

#include <algorithm>
#include <cstring>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

using LinkAttributes = Attributes<ifinfomsg, IFLA_MAX>;

const nlattr* find_inside(const nlattr* nest, int type) {
    return nest == nullptr ? nullptr : nla_find(static_cast<const nlattr*>(nla_data(nest)), nla_len(nest), type);
}

std::string kind_of(const LinkAttributes& attributes) {
    const nlattr* kind = find_inside(attributes[IFLA_LINKINFO], IFLA_INFO_KIND);
    return kind == nullptr ? "" : nla_get_string(kind);
}

std::optional<Mac> mac_of(const LinkAttributes& attributes) {
    const nlattr* address = attributes[IFLA_ADDRESS];
    Mac mac;
    if (address == nullptr || nla_len(address) != static_cast<int>(mac.bytes.size()))
        return std::nullopt;
    std::copy_n(static_cast<const std::uint8_t*>(nla_data(address)), mac.bytes.size(), mac.bytes.begin());
    return mac;
}

std::optional<AddressGeneration> address_generation_of(const LinkAttributes& attributes) {
    const nlattr* mode = find_inside(find_inside(attributes[IFLA_AF_SPEC], AF_INET6), IFLA_INET6_ADDR_GEN_MODE);
    if (mode == nullptr)
        return std::nullopt;
    return static_cast<AddressGeneration>(nla_get_u8(mode));
}

/// A kernel that does no IPv6 on it at all, as below an MTU of 1280, says nothing of it.
bool does_ipv6(const LinkAttributes& attributes) {
    const nlattr* settings = find_inside(find_inside(attributes[IFLA_AF_SPEC], AF_INET6), IFLA_INET6_CONF);
    constexpr int place = DEVCONF_DISABLE_IPV6 * static_cast<int>(sizeof(std::int32_t));
    std::int32_t disabled = 1;
    if (settings != nullptr && nla_len(settings) >= place + static_cast<int>(sizeof disabled))
        std::memcpy(&disabled, static_cast<const char*>(nla_data(settings)) + place, sizeof disabled);
    return disabled == 0;
}

/// A kernel that is built without VLAN filtering does not speak of it.
std::optional<BridgeVlanSettings> vlan_settings_of(const LinkAttributes& attributes) {
    if (kind_of(attributes) != "bridge")
        return std::nullopt;
    const nlattr* data = find_inside(attributes[IFLA_LINKINFO], IFLA_INFO_DATA);
    const nlattr* default_pvid = find_inside(data, IFLA_BR_VLAN_DEFAULT_PVID);
    const nlattr* filtering = find_inside(data, IFLA_BR_VLAN_FILTERING);
    if (default_pvid == nullptr || filtering == nullptr)
        return std::nullopt;
    return BridgeVlanSettings{nla_get_u8(filtering) != 0, nla_get_u16(default_pvid)};
}

} // namespace

Link read_link(const nlmsghdr& message) {
    const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
    const LinkAttributes attributes(message);
    Link link{.index = IfIndex(header.ifi_index),
              .name = attributes.string(IFLA_IFNAME),
              .mac = mac_of(attributes),
              .mtu = 0,
              .up = (header.ifi_flags & IFF_UP) != 0,
              .master = std::nullopt,
              .kind = kind_of(attributes),
              .parent_bus = attributes.string(IFLA_PARENT_DEV_BUS_NAME),
              .parent_device = attributes.string(IFLA_PARENT_DEV_NAME),
              .address_generation = address_generation_of(attributes),
              .ipv6 = does_ipv6(attributes),
              .vlan_settings = vlan_settings_of(attributes)};
    if (const nlattr* mtu = attributes[IFLA_MTU])
        link.mtu = nla_get_u32(mtu);
    if (const nlattr* master = attributes[IFLA_MASTER])
        link.master = IfIndex(static_cast<int>(nla_get_u32(master)));
    return link;
}

namespace {

LinkFlags flags_of(unsigned flags) {
    return {.arp = (flags & IFF_NOARP) == 0,
            .multicast = (flags & IFF_MULTICAST) != 0,
            .allmulti = (flags & IFF_ALLMULTI) != 0,
            .promiscuous = (flags & IFF_PROMISC) != 0,
            .dynamic = (flags & IFF_DYNAMIC) != 0};
}

std::vector<std::string> altnames_of(const LinkAttributes& attributes) {
    std::vector<std::string> names;
    const nlattr* list = attributes[IFLA_PROP_LIST];
    if (list == nullptr)
        return names;
    int left = nla_len(list);
    for (const auto* each = static_cast<const nlattr*>(nla_data(list)); nla_ok(each, left);
         each = nla_next(each, &left))
        if (nla_type(each) == IFLA_ALT_IFNAME)
            names.emplace_back(nla_get_string(each));
    return names;
}

/// What the netdev sits on, where the kernel says so. A vxlan says it elsewhere.
std::optional<IfIndex> lower_of(const LinkAttributes& attributes) {
    // With IFLA_LINK_NETNSID the number is one of another namespace.
    if (attributes[IFLA_LINK] != nullptr && attributes[IFLA_LINK_NETNSID] == nullptr)
        if (const auto index = static_cast<int>(nla_get_u32(attributes[IFLA_LINK])); index > 0)
            return IfIndex(index);
    if (kind_of(attributes) == "vxlan")
        if (const nlattr* index = find_inside(find_inside(attributes[IFLA_LINKINFO], IFLA_INFO_DATA), IFLA_VXLAN_LINK))
            if (nla_get_u32(index) != 0)
                return IfIndex(static_cast<int>(nla_get_u32(index)));
    return std::nullopt;
}

/// NET_ADDR_STOLEN in include/uapi/linux/netdevice.h.
bool mac_follows_lower(const Link& link) {
    return link.kind == "vlan" && read_small_file("/sys/class/net/" + link.name + "/addr_assign_type") == "2\n";
}

} // namespace

std::optional<VlanDevice> read_vlan_device(const nlmsghdr& message) {
    const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
    const LinkAttributes attributes(message);
    const auto lower = lower_of(attributes);
    const nlattr* id = find_inside(find_inside(attributes[IFLA_LINKINFO], IFLA_INFO_DATA), IFLA_VLAN_ID);
    // VLAN 0 is possible, and carries priorities only.
    if (kind_of(attributes) != "vlan" || !lower || id == nullptr || nla_get_u16(id) < first_vlan ||
        nla_get_u16(id) > last_vlan)
        return std::nullopt;
    return VlanDevice{attributes.string(IFLA_IFNAME), IfIndex(header.ifi_index), *lower, VlanId(nla_get_u16(id))};
}

HostLink read_host_link(const nlmsghdr& message) {
    const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
    const LinkAttributes attributes(message);
    HostLink found{.link = read_link(message),
                   .flags = flags_of(header.ifi_flags),
                   .ethernet = header.ifi_type == ARPHRD_ETHER,
                   .loopback = (header.ifi_flags & IFF_LOOPBACK) != 0,
                   .group = attributes[IFLA_GROUP] != nullptr ? nla_get_u32(attributes[IFLA_GROUP]) : 0,
                   .alias = attributes.string(IFLA_IFALIAS),
                   .altnames = altnames_of(attributes),
                   .lower = lower_of(attributes),
                   .mac_follows_lower = false};
    found.mac_follows_lower = mac_follows_lower(found.link);
    return found;
}

} // namespace vifplug
