// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/netlink_links.hpp"

#include "core/error.hpp"
#include "core/overloaded.hpp"
#include "core/text.hpp"
#include "system/host_links.hpp"
#include "system/interface_settings.hpp"
#include "system/link_message.hpp"
#include "system/netlink_attributes.hpp"
#include "system/port_vlans.hpp"
#include "system/vlan_device_message.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <new>
#include <sys/socket.h>

namespace vifplug {

namespace {

// --- from the kernel ------------------------------------------------------------------------------------------------

int index_of_address(const nlmsghdr& message) {
    return static_cast<int>(static_cast<const ifaddrmsg*>(nlmsg_data(&message))->ifa_index);
}

Address read_address(const nlmsghdr& message) {
    const auto& header = *static_cast<const ifaddrmsg*>(nlmsg_data(&message));
    const Attributes<ifaddrmsg, IFA_MAX> attributes(message);
    // IFA_LOCAL is the host's own end where there is a peer, and IPv6 has it only then.
    const nlattr* own = attributes[IFA_LOCAL] != nullptr ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (own == nullptr || inet_ntop(header.ifa_family, nla_data(own), text.data(), text.size()) == nullptr)
        throw Error("read an address of the kernel", system_code(EBADMSG));
    const auto* bytes = static_cast<const std::uint8_t*>(nlmsg_data(&message));
    return {.text = std::string(text.data()) + "/" + std::to_string(header.ifa_prefixlen),
            .message = {bytes, bytes + nlmsg_datalen(&message)}};
}

// --- to the kernel --------------------------------------------------------------------------------------------------

ifinfomsg link_header(std::optional<IfIndex> index) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = index ? index->number() : 0;
    return header;
}

NetlinkMessage link_question(std::optional<IfIndex> index, int flags) {
    NetlinkMessage question = make_request(RTM_GETLINK, flags, link_header(index), size_for_few_attributes);
    put_u32(question, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return question;
}

NetlinkMessage link_change(const Netdev& netdev) {
    return make_request(RTM_SETLINK, 0, link_header(netdev.index), size_for_few_attributes);
}

NetlinkMessage change_up(const Netdev& port, bool up) {
    ifinfomsg header = link_header(port.index);
    header.ifi_change = IFF_UP;
    header.ifi_flags = up ? IFF_UP : 0;
    return make_request(RTM_SETLINK, 0, header, size_for_few_attributes);
}

NetlinkMessage change_master(const Netdev& port, std::uint32_t master) {
    NetlinkMessage message = link_change(port);
    put_u32(message, IFLA_MASTER, master);
    return message;
}

NetlinkMessage change_address(int type, int flags, const Address& address) {
    NetlinkMessage message(nlmsg_alloc_simple(type, NLM_F_REQUEST | flags));
    std::vector<std::uint8_t> copy = address.message;
    if (!message || nlmsg_append(message.get(), copy.data(), copy.size(), NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

NetlinkMessage change_address_generation(const Netdev& port, AddressGeneration to) {
    NetlinkMessage message = link_change(port);
    const Nest families(message, IFLA_AF_SPEC);
    const Nest inet6(message, AF_INET6);
    const auto mode = static_cast<std::uint8_t>(to);
    put(message, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof mode);
    return message;
}

NetlinkMessage message_for(const Step& step) {
    return std::visit(
        overloaded{
            [](const SetUp& s) { return change_up(s.port, true); },
            [](const SetDown& s) { return change_up(s.port, false); },
            [](const Rename& s) {
                NetlinkMessage message = link_change(s.port);
                put_string(message, IFLA_IFNAME, s.to);
                return message;
            },
            [](const SetMac& s) {
                NetlinkMessage message = link_change(s.port);
                put(message, IFLA_ADDRESS, s.to.bytes.data(), s.to.bytes.size());
                return message;
            },
            [](const SetMtu& s) {
                NetlinkMessage message = link_change(s.port);
                put_u32(message, IFLA_MTU, s.to);
                return message;
            },
            [](const SetAddressGeneration& s) { return change_address_generation(s.port, s.to); },
            // Not by the kernel's messages: only what is done where the sysctl cannot be written.
            [](const StopIpv6& s) { return change_address_generation(s.port, AddressGeneration::none); },
            [](const AllowIpv6& s) { return change_address_generation(s.port, s.generation); },
            [](const DropAddress& s) { return change_address(RTM_DELADDR, 0, s.address); },
            [](const AddAddress& s) { return change_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, s.address); },
            [](const Join& s) { return change_master(s.port, static_cast<std::uint32_t>(s.master.index.number())); },
            [](const Leave& s) { return change_master(s.port, 0); },
            [](const ChangeVlans&) { return NetlinkMessage(); }, // takes several
        },
        step);
}

} // namespace

NetlinkLinks::NetlinkLinks() : socket_(NETLINK_ROUTE) {}

std::optional<Link> NetlinkLinks::ask_for_link(NetlinkMessage question, const std::string& tried) {
    std::optional<Link> link;
    try {
        socket_.ask(std::move(question), tried, [&](const nlmsghdr& message) { link = read_link(message); });
    } catch (const Error& error) {
        if (!is_gone(error))
            throw;
    }
    return link;
}

std::optional<Link> NetlinkLinks::find(const std::string& name) {
    if (name.empty() || name.size() >= IFNAMSIZ)
        return std::nullopt;
    NetlinkMessage question = link_question(std::nullopt, 0);
    put_string(question, IFLA_IFNAME, name);
    return ask_for_link(std::move(question), "look up " + printable(name));
}

std::optional<Link> NetlinkLinks::find(IfIndex index) {
    return ask_for_link(link_question(index, 0), "look up interface " + std::to_string(index.number()));
}

/// Kernels before 4.6 do not know the filter and list everything.
void NetlinkLinks::dump_kind(const std::string& kind, const std::string& tried, const std::function<void()>& start_over,
                             const NetlinkSocket::OnMessage& on_message) {
    const auto question = [&] {
        NetlinkMessage message = link_question(std::nullopt, NLM_F_DUMP);
        const Nest info(message, IFLA_LINKINFO);
        put_string(message, IFLA_INFO_KIND, kind);
        return message;
    };
    socket_.dump(question, tried, start_over, on_message);
}

std::vector<Link> NetlinkLinks::all() {
    std::vector<Link> links;
    socket_.dump([] { return link_question(std::nullopt, NLM_F_DUMP); }, "list the interfaces", [&] { links.clear(); },
                 [&](const nlmsghdr& message) { links.push_back(read_link(message)); });
    return links;
}

std::vector<std::pair<IfIndex, Address>> NetlinkLinks::all_addresses() {
    std::vector<std::pair<IfIndex, Address>> found;
    const auto question = [] {
        ifaddrmsg header{};
        header.ifa_family = AF_UNSPEC;
        return make_request(RTM_GETADDR, NLM_F_DUMP, header, size_for_few_attributes);
    };
    socket_.dump(
        question, "list the addresses", [&] { found.clear(); },
        [&](const nlmsghdr& message) {
            found.emplace_back(IfIndex(index_of_address(message)), read_address(message));
        });
    return found;
}

std::vector<Link> NetlinkLinks::bridges() {
    std::vector<Link> links;
    dump_kind(
        "bridge", "list the bridges", [&] { links.clear(); },
        [&](const nlmsghdr& message) { links.push_back(read_link(message)); });
    std::erase_if(links, [](const Link& link) { return link.kind != "bridge"; });
    return links;
}

std::vector<VlanDevice> NetlinkLinks::vlan_devices() {
    std::vector<VlanDevice> devices;
    dump_kind(
        "vlan", "list the VLAN devices", [&] { devices.clear(); },
        [&](const nlmsghdr& message) {
            if (auto device = read_vlan_device(message))
                devices.push_back(std::move(*device));
        });
    return devices;
}

std::vector<Address> NetlinkLinks::addresses(IfIndex index) {
    std::vector<Address> found;
    const auto question = [&] {
        ifaddrmsg header{};
        header.ifa_family = AF_UNSPEC;
        header.ifa_index = static_cast<std::uint32_t>(index.number());
        return make_request(RTM_GETADDR, NLM_F_DUMP, header, size_for_few_attributes);
    };
    try {
        socket_.dump(
            question, "list the addresses of interface " + std::to_string(index.number()), [&] { found.clear(); },
            [&](const nlmsghdr& message) {
                // Kernels before 4.20 list every netdev's.
                if (index_of_address(message) == index.number())
                    found.push_back(read_address(message));
            });
    } catch (const Error& error) {
        if (!is_gone(error))
            throw;
        found.clear();
    }
    return found;
}

std::vector<PortVlans> NetlinkLinks::all_port_vlans() {
    return read_all_port_vlans(socket_);
}

std::vector<Link> NetlinkLinks::ports_of(IfIndex bridge) {
    std::vector<Link> ports;
    const auto question = [&] {
        NetlinkMessage message = link_question(std::nullopt, NLM_F_DUMP);
        put_u32(message, IFLA_MASTER, static_cast<std::uint32_t>(bridge.number()));
        return message;
    };
    socket_.dump(
        question, "list the ports of interface " + std::to_string(bridge.number()), [&] { ports.clear(); },
        [&](const nlmsghdr& message) { ports.push_back(read_link(message)); });
    // Kernels before 4.6 do not know the filter and list everything.
    std::erase_if(ports, [&](const Link& port) { return port.master != bridge; });
    return ports;
}

void NetlinkLinks::make(const VlanBridge& bridge) {
    const std::string tried =
        "make bridge " + printable(bridge.bridge) + " and VLAN device " + printable(bridge.device);
    const auto nic = find(bridge.nic);
    if (!nic)
        throw Error(tried, system_code(ENODEV));
    const auto look_up = [&](const std::string& name) {
        if (auto link = find(name))
            return *link;
        throw Error(tried, system_code(ENODEV));
    };
    const auto set_up = [&](const Link& link) {
        if (link.address_generation)
            perform(SetAddressGeneration{netdev_of(link), *link.address_generation, AddressGeneration::none});
        perform(SetUp{netdev_of(link)});
    };
    const bool was_there = find(bridge.bridge).has_value();
    if (!was_there)
        make_bridge(socket_, MakeBridge{bridge.bridge, port_mac, nic->mtu});
    const Link made = look_up(bridge.bridge);
    try {
        if (const auto device = find(bridge.device))
            perform(Join{netdev_of(*device), netdev_of(made)});
        else
            socket_.change(make_vlan_device_message(bridge, nic->mtu, made.index), tried);
        set_up(look_up(bridge.device));
        set_up(made);
    } catch (const Error&) {
        if (!was_there)
            remove(bridge);
        throw;
    }
}

void NetlinkLinks::remove(const VlanBridge& bridge) {
    const auto remove_link = [&](const Link& link) {
        socket_.change(make_request(RTM_DELLINK, 0, link_header(link.index)), "remove " + printable(link.name));
    };
    for (const VlanDevice& device : vlan_devices())
        if (device.name == bridge.device && device.lower == bridge.nic && device.id == bridge.id)
            if (const auto link = find(device.index))
                remove_link(*link);
    if (const auto link = find(bridge.bridge); link && link->kind == "bridge")
        remove_link(*link);
}

void NetlinkLinks::forget_mac(const Netdev& port, const Mac& mac, const VlanList& vlans) {
    const std::string tried = "let the bridge forget that " + printable(port.name) + " has the address " + mac.str();
    for (const VlanRange& range : vlans.ranges())
        for (std::uint16_t id = range.first.number(); id <= range.last.number(); ++id) {
            ndmsg header{};
            header.ndm_family = AF_BRIDGE;
            header.ndm_ifindex = port.index.number();
            header.ndm_flags = NTF_MASTER;
            NetlinkMessage message = make_request(RTM_DELNEIGH, 0, header);
            put(message, NDA_LLADDR, mac.bytes.data(), mac.bytes.size());
            put(message, NDA_VLAN, &id, sizeof id);
            try {
                socket_.change(std::move(message), tried);
            } catch (const Error& error) {
                if (error.code() != std::errc::no_such_file_or_directory)
                    throw;
            }
        }
}

VlanList NetlinkLinks::vlans(IfIndex port) {
    return read_vlans(socket_, port);
}

/// A port that has other VLANs in the end than it was given lets a guest into a network that is not its own.
void NetlinkLinks::perform_change(const ChangeVlans& step) {
    const IfIndex port = step.port.index;
    try {
        change_vlans(socket_, port, step.from, step.to, VlanOwner::port, describe(Step(step)));
        if (const VlanList now = read_vlans(socket_, port); now != step.to)
            throw Error(describe(Step(step)), system_code(EIO), "it has " + now.str() + " afterwards");
    } catch (const Error&) {
        const VlanList now = read_vlans(socket_, port);
        change_vlans(socket_, port, now, step.from, VlanOwner::port, describe(reverse(step)));
        throw;
    }
}

void NetlinkLinks::perform(const Step& step) {
    if (const auto* change = std::get_if<ChangeVlans>(&step)) {
        perform_change(*change);
        return;
    }
    if (const auto* stop = std::get_if<StopIpv6>(&step);
        stop && set_ipv6(stop->port.index.number(), stop->port.name, false))
        return;
    if (const auto* allow = std::get_if<AllowIpv6>(&step);
        allow && set_ipv6(allow->port.index.number(), allow->port.name, true))
        return;
    socket_.change(message_for(step), describe(step));
}

} // namespace vifplug
