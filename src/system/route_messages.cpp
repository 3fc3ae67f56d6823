// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/route_messages.hpp"

#include "system/kernel_message.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

/// One leg of a route with several.
struct Leg {
    rtnexthop header;
    View attributes;
};

std::vector<Leg> legs_in(View bytes) {
    std::vector<Leg> legs;
    while (bytes.size() >= sizeof(rtnexthop)) {
        const auto header = read_as<rtnexthop>(bytes);
        if (header.rtnh_len < sizeof(rtnexthop) || header.rtnh_len > bytes.size())
            break;
        legs.push_back({header, bytes.subspan(sizeof(rtnexthop), header.rtnh_len - sizeof(rtnexthop))});
        bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.rtnh_len), bytes.size()));
    }
    return legs;
}

Bytes legs_for(View bytes, int from, int to) {
    Bytes copy;
    for (const Leg& leg : legs_in(bytes)) {
        rtnexthop header = leg.header;
        header.rtnh_ifindex = moved(header.rtnh_ifindex, from, to);
        header.rtnh_flags = static_cast<unsigned char>(lasting_leg_flags(header.rtnh_flags));
        append(copy, bytes_of(header));
        append(copy, leg.attributes);
    }
    return copy;
}

void append_expiry(Bytes& copy, View cache_info, std::uint64_t elapsed) {
    const auto expires = read_as<rta_cacheinfo>(cache_info).rta_expires; // USER_HZ
    constexpr std::int64_t user_hz = 100;
    if (expires <= 0)
        return;
    const std::uint32_t seconds = shortened(static_cast<std::uint32_t>((expires + user_hz - 1) / user_hz), elapsed);
    append(copy, RTA_EXPIRES, bytes_of(seconds));
}

std::uint32_t table_of(const Bytes& route) {
    return find_number<std::uint32_t>(attributes_of<rtmsg>(route), RTA_TABLE)
        .value_or(header_of<rtmsg>(route).rtm_table);
}

std::optional<Gateway> gateway_in(const std::vector<Attribute>& attributes, int family) {
    if (const auto address = find(attributes, RTA_GATEWAY))
        return Gateway{family == AF_INET6, {address->begin(), address->end()}, text_of(family, *address)};
    const auto via = find(attributes, RTA_VIA); // an IPv4 route through an IPv6 gateway (RFC 5549)
    if (!via || via->size() <= sizeof(std::uint16_t))
        return std::nullopt;
    const int via_family = read_as<std::uint16_t>(*via);
    const View address = via->subspan(sizeof(std::uint16_t));
    return Gateway{via_family == AF_INET6, {address.begin(), address.end()}, text_of(via_family, address)};
}

std::string route_text(const Bytes& route) {
    const auto header = header_of<rtmsg>(route);
    const auto attributes = attributes_of<rtmsg>(route);
    const auto destination = find(attributes, RTA_DST);
    std::string text = destination ? text_of(header.rtm_family, *destination) + "/" + std::to_string(header.rtm_dst_len)
                       : header.rtm_family == AF_INET6 ? "IPv6 default"
                                                       : "default";
    if (const auto gateway = gateway_in(attributes, header.rtm_family))
        text += " via " + gateway->text;
    if (const auto metric = find_number<std::uint32_t>(attributes, RTA_PRIORITY))
        text += " metric " + std::to_string(*metric);
    if (table_of(route) != RT_TABLE_MAIN)
        text += " table " + std::to_string(table_of(route));
    return text;
}

Bytes identity_of_route(const Bytes& route, int index) {
    const Bytes nowhere = route_for(route, index, 0, 0);
    return rewritten(nowhere, header_of<rtmsg>(nowhere), [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type != RTA_EXPIRES)
            keep(copy, attribute);
    });
}

} // namespace

bool leads_through(const Bytes& route, int index) {
    for (const Attribute& attribute : attributes_of<rtmsg>(route)) {
        if (attribute.type == RTA_OIF && read_as<int>(attribute.data) == index)
            return true;
        if (attribute.type == RTA_MULTIPATH)
            for (const Leg& leg : legs_in(attribute.data))
                if (leg.header.rtnh_ifindex == index)
                    return true;
    }
    return false;
}

bool is_kernels_own(const Bytes& route) {
    const auto header = header_of<rtmsg>(route);
    return (header.rtm_flags & RTM_F_CLONED) != 0 ||
           (table_of(route) == RT_TABLE_LOCAL && header.rtm_protocol == RTPROT_KERNEL);
}

bool is_local_route_to(const Bytes& route, const Bytes& address, int index) {
    if (header_of<rtmsg>(route).rtm_type != RTN_LOCAL || !leads_through(route, index))
        return false;
    const auto destination = find(attributes_of<rtmsg>(route), RTA_DST);
    return destination && std::equal(destination->begin(), destination->end(), address.begin(), address.end());
}

bool is_made_with_an_address(const Bytes& route) {
    return header_of<rtmsg>(route).rtm_protocol == RTPROT_KERNEL && !is_kernels_own(route);
}

bool is_made_with(const Bytes& route, const Bytes& address) {
    const auto header = header_of<rtmsg>(route);
    if (!is_made_with_an_address(route) || header.rtm_family != header_of<ifaddrmsg>(address).ifa_family)
        return false;
    const auto network = find(attributes_of<rtmsg>(route), RTA_DST);
    const auto inside = find(attributes_of<ifaddrmsg>(address), IFA_ADDRESS); // the other end's, where there is one
    constexpr std::size_t bits_of_a_byte = 8;
    const std::size_t whole = header.rtm_dst_len / bits_of_a_byte;
    const std::size_t rest = header.rtm_dst_len % bits_of_a_byte;
    if (!network || !inside || network->size() != inside->size() || whole + (rest > 0 ? 1 : 0) > network->size())
        return false;
    const auto differing = rest > 0 ? static_cast<unsigned>((*network)[whole] ^ (*inside)[whole]) : 0U;
    return std::equal(network->begin(), network->begin() + static_cast<std::ptrdiff_t>(whole), inside->begin()) &&
           differing >> (bits_of_a_byte - rest) == 0;
}

bool is_on_link(const Bytes& route) {
    const auto attributes = attributes_of<rtmsg>(route);
    return !find(attributes, RTA_GATEWAY) && !find(attributes, RTA_VIA) && !find(attributes, RTA_MULTIPATH) &&
           !find(attributes, RTA_NH_ID);
}

Entry read_host_route(const Bytes& route, int index) {
    return {route_text(route), route, identity_of_route(route, index)};
}

Bytes route_for(const Bytes& route, int from, int to, std::uint64_t elapsed) {
    auto header = header_of<rtmsg>(route);
    header.rtm_flags = lasting_leg_flags(header.rtm_flags);
    const bool by_object = nexthop_id_of(route).has_value();
    return rewritten(route, header, [&](Bytes& copy, const Attribute& attribute) {
        const bool says_the_leg = attribute.type == RTA_OIF || attribute.type == RTA_GATEWAY ||
                                  attribute.type == RTA_VIA || attribute.type == RTA_MULTIPATH ||
                                  attribute.type == RTA_ENCAP || attribute.type == RTA_ENCAP_TYPE;
        if (by_object && says_the_leg)
            return; // the object says it
        if (attribute.type == RTA_OIF)
            append(copy, RTA_OIF, bytes_of(moved(read_as<int>(attribute.data), from, to)));
        else if (attribute.type == RTA_MULTIPATH)
            append(copy, RTA_MULTIPATH, legs_for(attribute.data, from, to));
        else if (attribute.type == RTA_CACHEINFO)
            append_expiry(copy, attribute.data, elapsed);
        else
            keep(copy, attribute);
    });
}

Bytes route_off(const Bytes& route, int from, int to) {
    const Bytes there = route_for(route, from, to, 0);
    auto header = header_of<rtmsg>(there);
    header.rtm_protocol = RTPROT_UNSPEC;
    return rewritten(there, header, [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type != RTA_METRICS && attribute.type != RTA_EXPIRES && attribute.type != RTA_PREF)
            keep(copy, attribute);
    });
}

std::vector<Gateway> gateways_of(const Bytes& route, int index) {
    const auto header = header_of<rtmsg>(route);
    const auto attributes = attributes_of<rtmsg>(route);
    std::vector<Gateway> gateways;
    const auto note = [&](const std::optional<Gateway>& gateway) {
        if (gateway)
            gateways.push_back(*gateway);
    };
    if (find_number<int>(attributes, RTA_OIF) == std::optional(index))
        note(gateway_in(attributes, header.rtm_family));
    if (const auto legs = find(attributes, RTA_MULTIPATH))
        for (const Leg& leg : legs_in(*legs))
            if (leg.header.rtnh_ifindex == index)
                note(gateway_in(attributes_in(leg.attributes), header.rtm_family));
    return gateways;
}

Bytes route_to_gateway(const Gateway& gateway, int netdev) {
    constexpr unsigned char bits_in_a_byte = 8;
    rtmsg header{};
    header.rtm_family = gateway.ipv6 ? AF_INET6 : AF_INET;
    header.rtm_dst_len = static_cast<unsigned char>(gateway.address.size() * bits_in_a_byte);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_scope = gateway.ipv6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    header.rtm_type = RTN_UNICAST;
    Bytes route;
    append(route, bytes_of(header));
    append(route, RTA_DST, gateway.address);
    append(route, RTA_OIF, bytes_of(netdev));
    return route;
}

Bytes preferred_source_of(const Bytes& route) {
    const auto source = find(attributes_of<rtmsg>(route), RTA_PREFSRC);
    return source ? Bytes(source->begin(), source->end()) : Bytes();
}

std::optional<std::uint32_t> nexthop_id_of(const Bytes& route) {
    return find_number<std::uint32_t>(attributes_of<rtmsg>(route), RTA_NH_ID);
}

std::optional<DefaultRoute> read_default_route(const Bytes& route) {
    const auto header = header_of<rtmsg>(route);
    const auto attributes = attributes_of<rtmsg>(route);
    if (header.rtm_dst_len != 0 || header.rtm_type != RTN_UNICAST || table_of(route) != RT_TABLE_MAIN)
        return std::nullopt;
    auto netdev = find_number<int>(attributes, RTA_OIF);
    if (const auto legs = find(attributes, RTA_MULTIPATH); legs && !netdev)
        if (const auto each = legs_in(*legs); !each.empty())
            netdev = each.front().header.rtnh_ifindex;
    if (!netdev)
        return std::nullopt;
    return DefaultRoute{*netdev, header.rtm_family == AF_INET6,
                        find_number<std::uint32_t>(attributes, RTA_PRIORITY).value_or(0)};
}

} // namespace vifplug
