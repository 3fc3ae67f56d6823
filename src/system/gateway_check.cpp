// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/gateway_check.hpp"

#include "core/error.hpp"
#include "system/netlink_attributes.hpp"
#include "system/netlink_socket.hpp"

#include <algorithm>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <thread>

namespace vifplug {

namespace {

using Clock = std::chrono::steady_clock;

NetlinkMessage about(const Gateway& gateway, IfIndex netdev, int type, int flags, std::uint8_t neighbour_flags) {
    ndmsg header{};
    header.ndm_family = gateway.ipv6 ? AF_INET6 : AF_INET;
    header.ndm_ifindex = netdev.number();
    header.ndm_flags = neighbour_flags;
    NetlinkMessage message = make_request(type, flags, header);
    put(message, NDA_DST, gateway.address.data(), gateway.address.size());
    return message;
}

/// The neighbour's state (NUD_...), 0 when the kernel knows none.
unsigned state_of(NetlinkSocket& socket, const Gateway& gateway, IfIndex netdev) {
    unsigned state = 0;
    try {
        socket.ask(
            about(gateway, netdev, RTM_GETNEIGH, 0, 0), "look up gateway " + gateway.text,
            [&](const nlmsghdr& message) { state = static_cast<const ndmsg*>(nlmsg_data(&message))->ndm_state; });
    } catch (const Error& error) {
        if (error.code() != system_code(ENOENT))
            throw;
    }
    return state;
}

bool is_known(unsigned state) {
    return (state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)) != 0;
}

/// Makes the kernel look for it (NTF_USE), and forget what it knew: it would believe that for many seconds. Packets
/// wait meanwhile. A neighbour somebody made is believed.
void ask_anew(NetlinkSocket& socket, const Gateway& gateway, IfIndex netdev) {
    const unsigned state = state_of(socket, gateway, netdev);
    if ((state & (NUD_PERMANENT | NUD_NOARP)) != 0)
        return;
    try {
        if (state != 0)
            socket.change(about(gateway, netdev, RTM_DELNEIGH, 0, 0), "forget gateway " + gateway.text);
        socket.change(about(gateway, netdev, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, NTF_USE),
                      "look for gateway " + gateway.text);
    } catch (const Error& error) {
        // Somebody else forgot or found it meanwhile.
        if (error.code() != system_code(ENOENT) && error.code() != system_code(EEXIST))
            throw;
    }
}

} // namespace

std::vector<Gateway> gateways_that_answer(const std::vector<Gateway>& gateways, IfIndex netdev,
                                          std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds between_looks{1};
    NetlinkSocket socket(NETLINK_ROUTE);
    const auto end = Clock::now() + patience;
    std::vector<Gateway> silent = gateways;
    for (const Gateway& gateway : gateways)
        ask_anew(socket, gateway, netdev);
    while (true) {
        std::erase_if(silent, [&](const Gateway& gateway) {
            const unsigned state = state_of(socket, gateway, netdev);
            if (!is_known(state) && (state & NUD_INCOMPLETE) == 0)
                ask_anew(socket, gateway, netdev);
            return is_known(state);
        });
        if (silent.empty() || Clock::now() >= end)
            break;
        std::this_thread::sleep_for(between_looks);
    }
    std::vector<Gateway> answering;
    std::copy_if(gateways.begin(), gateways.end(), std::back_inserter(answering), [&](const Gateway& gateway) {
        return std::find(silent.begin(), silent.end(), gateway) == silent.end();
    });
    return answering;
}

} // namespace vifplug
