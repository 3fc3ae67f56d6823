// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/bridge_vlans.hpp"

#include "core/error.hpp"
#include "system/netlink_attributes.hpp"
#include "system/port_vlans.hpp"

#include <cerrno>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

namespace vifplug {

void put_vlan_filtering(const NetlinkMessage& message, bool on) {
    const std::uint8_t value = on ? 1 : 0;
    put(message, IFLA_BR_VLAN_FILTERING, &value, sizeof value);
}

void change_filtering(NetlinkSocket& socket, NetlinkMessage message, const std::string& tried) {
    try {
        socket.change(std::move(message), tried);
    } catch (const Error& error) {
        if (error.code() != system_code(EOPNOTSUPP))
            throw;
        throw Error(tried, error.code(), "the bridges of this kernel cannot filter VLANs");
    }
}

void set_vlan_filtering(NetlinkSocket& socket, const SetVlanFiltering& step) {
    ifinfomsg header{};
    header.ifi_index = step.bridge.index.number();
    NetlinkMessage message = make_request(RTM_NEWLINK, 0, header);
    {
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, "bridge");
        const Nest data(message, IFLA_INFO_DATA);
        put_vlan_filtering(message, step.to);
    }
    change_filtering(socket, std::move(message), describe(step));
}

void give_vlans(NetlinkSocket& socket, const GiveVlans& step) {
    const IfIndex netdev = step.netdev.index;
    const std::string tried = describe(step);
    const VlanList before = read_vlans(socket, netdev);
    try {
        change_vlans(socket, netdev, before, step.vlans, step.owner, tried);
        if (const VlanList now = read_vlans(socket, netdev); now != step.vlans)
            throw Error(tried, system_code(EIO), "it has " + now.str() + " afterwards");
    } catch (const Error&) {
        change_vlans(socket, netdev, read_vlans(socket, netdev), before, step.owner, "take back: " + tried);
        throw;
    }
}

} // namespace vifplug
