// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/netlink_host_network.hpp"

#include "core/overloaded.hpp"
#include "system/bridge_vlans.hpp"
#include "system/host_links.hpp"
#include "system/host_look.hpp"
#include "system/host_move.hpp"
#include "system/host_requests.hpp"
#include "system/interface_settings.hpp"
#include "system/port_vlans.hpp"

#include <linux/rtnetlink.h>

namespace vifplug {

NetlinkHostNetwork::NetlinkHostNetwork() : socket_(NETLINK_ROUTE) {}

HostPicture NetlinkHostNetwork::look() {
    return look_at_host(socket_);
}

bool NetlinkHostNetwork::keeps_mac(const Netdev& port, const Mac& mac) {
    return vifplug::keeps_mac(socket_, port, mac);
}

VlanList NetlinkHostNetwork::vlans(IfIndex netdev) {
    return read_vlans(socket_, netdev);
}

void NetlinkHostNetwork::perform(const UplinkStep& step, const HostState& state, const HostPicture& picture) {
    std::visit(overloaded{
                   [&](const Step& s) { links_.perform(s); },
                   [&](const MakeBridge& s) { make_bridge(socket_, s); },
                   [&](const MakePair& s) { make_pair(socket_, s); },
                   [&](const RemoveLink& s) {
                       socket_.change(make_request(RTM_DELLINK, 0, link_header(s.netdev.index.number())), describe(s));
                   },
                   [&](const SetArp& s) { set_arp(socket_, s); },
                   [&](const PinMac& s) {
                       links_.perform(SetMac{s.child, s.mac, s.mac});
                   },
                   [&](const CopySettings& s) { copy_settings(socket_, s, picture); },
                   [&](const MoveAltnames& s) { move_altnames(socket_, s, picture); },
                   [&](const ForgetMac& s) { forget_mac(socket_, s); },
                   [&](const SetVlanFiltering& s) { set_vlan_filtering(socket_, s); },
                   [&](const GiveVlans& s) { give_vlans(socket_, s); },
                   [&](const TakeState& s) { take_state(socket_, s.from, state, picture); },
                   [](const TellManagers&) { /* not the kernel */ },
                   [&](const GiveState& s) { give_state(socket_, s, state, picture); },
               },
               step);
}

} // namespace vifplug
