// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/vlan_device_message.hpp"

#include "system/netlink_attributes.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

NetlinkMessage make_vlan_device_message(const VlanBridge& bridge, unsigned mtu, IfIndex master) {
    NetlinkMessage message = make_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    put_string(message, IFLA_IFNAME, bridge.device);
    put_u32(message, IFLA_MTU, mtu);
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
