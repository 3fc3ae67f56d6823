// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/vlan_bridge_messages.hpp"

#include "system/netlink_attributes.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

NetlinkMessage new_link(const std::string& name, unsigned mtu) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    put_string(message, IFLA_IFNAME, name);
    put_u32(message, IFLA_MTU, mtu);
    return message;
}

} // namespace

// The MAC address goes with the request: udev's MACAddressPolicy changes one that was not asked for.
NetlinkMessage make_vlan_bridge_message(const VlanBridge& bridge, unsigned mtu) {
    NetlinkMessage message = new_link(bridge.bridge, mtu);
    put(message, IFLA_ADDRESS, port_mac.bytes.data(), port_mac.bytes.size());
    const Nest info(message, IFLA_LINKINFO);
    put_string(message, IFLA_INFO_KIND, "bridge");
    const Nest data(message, IFLA_INFO_DATA);
    put_u32(message, IFLA_BR_FORWARD_DELAY, 0);
    put_u32(message, IFLA_BR_STP_STATE, 0);
    return message;
}

NetlinkMessage make_vlan_device_message(const VlanBridge& bridge, unsigned mtu, IfIndex master) {
    NetlinkMessage message = new_link(bridge.device, mtu);
    put_u32(message, IFLA_LINK, static_cast<std::uint32_t>(bridge.nic.number()));
    put_u32(message, IFLA_MASTER, static_cast<std::uint32_t>(master.number()));
    const Nest info(message, IFLA_LINKINFO);
    put_string(message, IFLA_INFO_KIND, "vlan");
    const Nest data(message, IFLA_INFO_DATA);
    const std::uint16_t id = bridge.id.number();
    put(message, IFLA_VLAN_ID, &id, sizeof id);
    return message;
}

} // namespace vifplug
