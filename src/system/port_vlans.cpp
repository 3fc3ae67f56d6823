// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/port_vlans.hpp"

#include "core/error.hpp"
#include "system/netlink_attributes.hpp"

#include <cerrno>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <new>
#include <sys/socket.h>

namespace vifplug {

namespace {

VlanRange read_range(const nlattr* entry) {
    const int length = nla_len(entry);
    const auto* inside = static_cast<const nlattr*>(nla_data(entry));
    const nlattr* info = nla_find(inside, length, BRIDGE_VLANDB_ENTRY_INFO);
    if (info == nullptr || nla_len(info) < static_cast<int>(sizeof(bridge_vlan_info)))
        throw Error("read a VLAN of the kernel", system_code(EBADMSG));
    const auto* first = static_cast<const bridge_vlan_info*>(nla_data(info));
    const nlattr* last = nla_find(inside, length, BRIDGE_VLANDB_ENTRY_RANGE);
    return {VlanId(first->vid), VlanId(last != nullptr ? nla_get_u16(last) : first->vid),
            (first->flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0 ? Tagging::untagged : Tagging::tagged,
            (first->flags & BRIDGE_VLAN_INFO_PVID) != 0};
}

void take(const VlanRange& range, VlanList& into) {
    for (unsigned id = range.first.number(); id <= range.last.number(); ++id)
        into.add(VlanId(id), range.tagging);
    if (range.pvid)
        into.set_pvid(range.first);
}

/// The other form: a range is an info with its beginning and one with its end.
VlanList read_vlan_infos(const nlattr* list) {
    VlanList vlans;
    if (list == nullptr)
        return vlans;
    std::uint16_t first = 0;
    int left = nla_len(list);
    for (const auto* each = static_cast<const nlattr*>(nla_data(list)); nla_ok(each, left);
         each = nla_next(each, &left)) {
        if (nla_type(each) != IFLA_BRIDGE_VLAN_INFO || nla_len(each) < static_cast<int>(sizeof(bridge_vlan_info)))
            continue;
        const auto* info = static_cast<const bridge_vlan_info*>(nla_data(each));
        if ((info->flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) != 0) {
            first = info->vid;
            continue;
        }
        const bool is_end = (info->flags & BRIDGE_VLAN_INFO_RANGE_END) != 0;
        take({VlanId(is_end ? first : info->vid), VlanId(info->vid),
              (info->flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0 ? Tagging::untagged : Tagging::tagged,
              (info->flags & BRIDGE_VLAN_INFO_PVID) != 0},
             vlans);
    }
    return vlans;
}

void put_vlan(const NetlinkMessage& message, VlanId id, unsigned flags) {
    const bridge_vlan_info info{static_cast<std::uint16_t>(flags), id.number()};
    put(message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof info);
}

void put_range(const NetlinkMessage& message, const VlanRange& range) {
    const unsigned flags = (range.tagging == Tagging::untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0U) |
                           (range.pvid ? BRIDGE_VLAN_INFO_PVID : 0U);
    if (range.first == range.last) {
        put_vlan(message, range.first, flags);
        return;
    }
    put_vlan(message, range.first, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN);
    put_vlan(message, range.last, flags | BRIDGE_VLAN_INFO_RANGE_END);
}

/// Adding is a change of the link (RTM_SETLINK), removing the deletion of a part of it (RTM_DELLINK).
NetlinkMessage change_message(int type, IfIndex netdev, VlanOwner owner, const std::vector<VlanRange>& ranges) {
    constexpr std::size_t for_the_rest = 64;
    const std::size_t size = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(ifinfomsg)) + for_the_rest +
                             2 * ranges.size() * static_cast<std::size_t>(nla_total_size(sizeof(bridge_vlan_info)));
    NetlinkMessage message(nlmsg_alloc_size(size));
    ifinfomsg header{};
    header.ifi_family = AF_BRIDGE;
    header.ifi_index = netdev.number();
    if (!message || nlmsg_put(message.get(), 0, 0, type, 0, NLM_F_REQUEST) == nullptr ||
        nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    const Nest vlans(message, IFLA_AF_SPEC);
    if (owner == VlanOwner::bridge) {
        constexpr std::uint16_t self = BRIDGE_FLAGS_SELF;
        put(message, IFLA_BRIDGE_FLAGS, &self, sizeof self);
    }
    for (const VlanRange& range : ranges)
        put_range(message, range);
    return message;
}

} // namespace

VlanList read_vlans(NetlinkSocket& socket, IfIndex netdev) {
    VlanList vlans;
    const auto question = [&] {
        br_vlan_msg header{};
        header.family = AF_BRIDGE;
        header.ifindex = static_cast<std::uint32_t>(netdev.number());
        return make_request(RTM_GETVLAN, NLM_F_DUMP, header);
    };
    const auto note = [&](const nlmsghdr& message) {
        int left = nlmsg_attrlen(&message, sizeof(br_vlan_msg));
        for (const auto* each = nlmsg_attrdata(&message, sizeof(br_vlan_msg)); nla_ok(each, left);
             each = nla_next(each, &left))
            if (nla_type(each) == BRIDGE_VLANDB_ENTRY)
                take(read_range(each), vlans);
    };
    try {
        socket.dump(
            question, "list the VLANs of interface " + std::to_string(netdev.number()), [&] { vlans = VlanList(); },
            note);
    } catch (const Error& error) {
        if (!is_gone(error) && error.code() != std::errc::invalid_argument) // of a netdev that is no port
            throw;
        vlans = VlanList();
    }
    return vlans;
}

std::vector<PortVlans> read_all_port_vlans(NetlinkSocket& socket) {
    std::vector<PortVlans> ports;
    const auto question = [] {
        ifinfomsg header{};
        header.ifi_family = AF_BRIDGE;
        NetlinkMessage message = make_request(RTM_GETLINK, NLM_F_DUMP, header);
        put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
        return message;
    };
    const auto note = [&](const nlmsghdr& message) {
        const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(&message));
        const Attributes<ifinfomsg, IFLA_MAX> attributes(message);
        if (const nlattr* master = attributes[IFLA_MASTER])
            ports.push_back({IfIndex(header.ifi_index), IfIndex(static_cast<int>(nla_get_u32(master))),
                             read_vlan_infos(attributes[IFLA_AF_SPEC])});
    };
    socket.dump(
        question, "list the VLANs of all ports", [&] { ports.clear(); }, note);
    return ports;
}

void change_vlans(NetlinkSocket& socket, IfIndex netdev, const VlanList& from, const VlanList& to, VlanOwner owner,
                  const std::string& tried) {
    if (const auto removed = vlans_to_remove(from, to); !removed.empty())
        socket.change(change_message(RTM_DELLINK, netdev, owner, removed), tried);
    if (const auto added = vlans_to_add(from, to); !added.empty())
        socket.change(change_message(RTM_SETLINK, netdev, owner, added), tried);
}

} // namespace vifplug
