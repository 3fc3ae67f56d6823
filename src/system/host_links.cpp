// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_links.hpp"

#include "core/error.hpp"
#include "system/host_requests.hpp"
#include "system/interface_settings.hpp"
#include "system/kernel_message.hpp"
#include "system/neighbour_messages.hpp"
#include "system/netlink_attributes.hpp"

#include <algorithm>
#include <cerrno>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <new>
#include <sys/socket.h>

namespace vifplug {

namespace {

void put_mac(const NetlinkMessage& message, const Mac& mac) {
    put(message, IFLA_ADDRESS, mac.bytes.data(), mac.bytes.size());
}

} // namespace

// The MAC address goes with the request: udev's MACAddressPolicy changes one that was not asked for.
void make_bridge(NetlinkSocket& socket, const MakeBridge& step) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    put_string(message, IFLA_IFNAME, step.name);
    put_mac(message, step.mac);
    put_u32(message, IFLA_MTU, step.mtu);
    {
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, "bridge");
        const Nest data(message, IFLA_INFO_DATA);
        put_u32(message, IFLA_BR_FORWARD_DELAY, 0);
        put_u32(message, IFLA_BR_STP_STATE, 0);
    }
    socket.change(std::move(message), describe(step));
}

void make_pair(NetlinkSocket& socket, const MakePair& step) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0));
    put_string(message, IFLA_IFNAME, step.end);
    put_mac(message, step.end_mac);
    put_u32(message, IFLA_MTU, step.mtu);
    {
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, "veth");
        const Nest data(message, IFLA_INFO_DATA);
        const Nest peer(message, VETH_INFO_PEER);
        ifinfomsg header{};
        if (nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0)
            throw std::bad_alloc();
        put_string(message, IFLA_IFNAME, step.port);
        put_mac(message, port_mac);
        put_u32(message, IFLA_MTU, step.mtu);
    }
    socket.change(std::move(message), describe(step));
}

void set_arp(NetlinkSocket& socket, const SetArp& step) {
    ifinfomsg header = link_header(step.port.index.number());
    header.ifi_change = IFF_NOARP;
    header.ifi_flags = step.on ? 0 : IFF_NOARP;
    socket.change(make_request(RTM_SETLINK, 0, header), describe(step));
}

void copy_settings(NetlinkSocket& socket, const CopySettings& step, const HostPicture& picture) {
    const HostLink* from = picture.find(step.from.index);
    if (from == nullptr)
        throw Error(describe(step), system_code(ENODEV));
    copy_sysctls(step.from.name, step.to.name);
    ifinfomsg header = link_header(step.to.index.number());
    header.ifi_change = IFF_NOARP | IFF_MULTICAST | IFF_ALLMULTI | IFF_PROMISC | IFF_DYNAMIC;
    const auto bit = [](bool on, unsigned flag) { return on ? flag : 0U; };
    header.ifi_flags = bit(!from->flags.arp, IFF_NOARP) | bit(from->flags.multicast, IFF_MULTICAST) |
                       bit(from->flags.allmulti, IFF_ALLMULTI) | bit(from->flags.promiscuous, IFF_PROMISC) |
                       bit(from->flags.dynamic, IFF_DYNAMIC);
    NetlinkMessage message = make_request(RTM_SETLINK, 0, header);
    put_u32(message, IFLA_GROUP, from->group);
    put_string(message, IFLA_IFALIAS, from->alias);
    socket.change(std::move(message), describe(step));
}

// A name is nobody's for a moment; one write keeps that moment inside the kernel.
void move_altnames(NetlinkSocket& socket, const MoveAltnames& step, const HostPicture& picture) {
    std::vector<NetlinkMessage> messages;
    const auto change = [&](int type, int flags, const Netdev& netdev, const std::string& name) {
        NetlinkMessage message = make_request(type, flags, link_header(netdev.index.number()));
        {
            const Nest list(message, IFLA_PROP_LIST | NLA_F_NESTED);
            put_string(message, IFLA_ALT_IFNAME, name);
        }
        messages.push_back(std::move(message));
    };
    // A message about a link without altnames does not say that it has none, and systemd-networkd (252) believes it has
    // those that it had; of the link that gets them it then will not hear any more. So one is there meanwhile.
    const std::string place_holder = "vifplug-moves-names-of-" + std::to_string(step.from.index.number());
    const HostLink* from = picture.find(step.from.index);
    const auto has = [&](const std::string& name) {
        return from != nullptr && std::find(from->altnames.begin(), from->altnames.end(), name) != from->altnames.end();
    };
    if (from != nullptr && !has(place_holder))
        change(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, step.from, place_holder);
    for (const std::string& name : step.names) {
        if (has(name))
            change(RTM_DELLINKPROP, 0, step.from, name);
        change(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, step.to, name);
    }
    if (from != nullptr)
        change(RTM_DELLINKPROP, 0, step.from, place_holder);
    if (const auto refused = socket.change_all(std::move(messages), describe(step)); !refused.empty())
        throw Error(describe(step), refused.front().code, refused.front().detail);
}

namespace {

std::vector<Bytes> own_entries(NetlinkSocket& socket, const Netdev& port, const Mac& mac) {
    std::vector<Bytes> entries;
    const auto question = [] {
        ndmsg header{};
        header.ndm_family = AF_BRIDGE;
        return make_request(RTM_GETNEIGH, NLM_F_DUMP, header);
    };
    const auto note = [&](const nlmsghdr& message) {
        const auto& header = *static_cast<const ndmsg*>(nlmsg_data(&message));
        const Attributes<ndmsg, NDA_MAX> attributes(message);
        const nlattr* address = attributes[NDA_LLADDR];
        const bool is_its =
            address != nullptr && nla_len(address) == static_cast<int>(mac.bytes.size()) &&
            std::equal(mac.bytes.begin(), mac.bytes.end(), static_cast<const std::uint8_t*>(nla_data(address)));
        // Only what the bridge made of the port: an entry that was learned there is no obstacle.
        if (header.ndm_ifindex == port.index.number() && is_its && (header.ndm_state & NUD_PERMANENT) != 0 &&
            attributes[NDA_MASTER] != nullptr)
            entries.push_back(payload_of(message));
    };
    socket.dump(
        question, "list the bridge's addresses", [&] { entries.clear(); }, note);
    return entries;
}

} // namespace

bool keeps_mac(NetlinkSocket& socket, const Netdev& port, const Mac& mac) {
    return !own_entries(socket, port, mac).empty();
}

void forget_mac(NetlinkSocket& socket, const ForgetMac& step) {
    for (const Bytes& entry : own_entries(socket, step.port, step.mac)) {
        ndmsg header{};
        header.ndm_family = AF_BRIDGE;
        header.ndm_ifindex = step.port.index.number();
        header.ndm_flags = NTF_MASTER;
        NetlinkMessage message = make_request(RTM_DELNEIGH, 0, header);
        put(message, NDA_LLADDR, step.mac.bytes.data(), step.mac.bytes.size());
        if (const auto vlan = vlan_of_neighbour(entry))
            put(message, NDA_VLAN, &*vlan, sizeof *vlan);
        socket.change(std::move(message), describe(step));
    }
}

} // namespace vifplug
