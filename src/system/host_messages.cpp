// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_messages.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <span>
#include <sys/socket.h>

namespace vifplug {

namespace {

using View = std::span<const std::uint8_t>;

constexpr std::uint32_t forever = 0xFFFFFFFF;

struct Attribute {
    int type;
    View data;
};

template <class T>
T read_as(View data) {
    T value{};
    std::memcpy(&value, data.data(), std::min(sizeof value, data.size()));
    return value;
}

template <class Header>
Header header_of(const Bytes& message) {
    if (message.size() < sizeof(Header))
        throw Error("read a message of the kernel", system_code(EBADMSG));
    return read_as<Header>(message);
}

/// The attributes in `bytes`; what is cut short ends the list.
std::vector<Attribute> attributes_in(View bytes) {
    std::vector<Attribute> found;
    while (bytes.size() >= sizeof(nlattr)) {
        const auto header = read_as<nlattr>(bytes);
        if (header.nla_len < sizeof(nlattr) || header.nla_len > bytes.size())
            break;
        found.push_back(
            {header.nla_type & NLA_TYPE_MASK, bytes.subspan(sizeof(nlattr), header.nla_len - sizeof(nlattr))});
        bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
    }
    return found;
}

template <class Header>
std::vector<Attribute> attributes_of(const Bytes& message) {
    (void)header_of<Header>(message);
    return attributes_in(View(message).subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof(Header)), message.size())));
}

std::optional<View> find(const std::vector<Attribute>& attributes, int type) {
    for (const Attribute& attribute : attributes)
        if (attribute.type == type)
            return attribute.data;
    return std::nullopt;
}

template <class T>
std::optional<T> find_number(const std::vector<Attribute>& attributes, int type) {
    const auto data = find(attributes, type);
    return data ? std::optional(read_as<T>(*data)) : std::nullopt;
}

void append(Bytes& message, View data) {
    message.insert(message.end(), data.begin(), data.end());
    message.resize(NLMSG_ALIGN(message.size()));
}

void append(Bytes& message, int type, View data) {
    nlattr header{};
    header.nla_len = static_cast<std::uint16_t>(sizeof header + data.size());
    header.nla_type = static_cast<std::uint16_t>(type);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
    message.insert(message.end(), bytes, bytes + sizeof header);
    append(message, data);
}

template <class T>
View bytes_of(const T& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// The message once more, every attribute as `write` wants it.
template <class Header>
Bytes rewritten(const Bytes& message, const Header& header,
                const std::function<void(Bytes&, const Attribute&)>& write) {
    Bytes copy;
    append(copy, bytes_of(header));
    for (const Attribute& attribute : attributes_of<Header>(message))
        write(copy, attribute);
    return copy;
}

void keep(Bytes& copy, const Attribute& attribute) {
    append(copy, attribute.type, attribute.data);
}

std::string text_of(int family, View address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const std::size_t size = family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr);
    if (address.size() < size || inet_ntop(family, address.data(), text.data(), text.size()) == nullptr)
        return "?";
    return text.data();
}

std::string string_of(View data) {
    const auto end = std::find(data.begin(), data.end(), 0);
    return {data.begin(), end};
}

void append_string(Bytes& copy, int type, const std::string& text) {
    append(copy, type, {reinterpret_cast<const std::uint8_t*>(text.c_str()), text.size() + 1});
}

std::uint32_t shortened(std::uint32_t seconds, std::uint64_t elapsed) {
    if (seconds == forever)
        return seconds;
    return elapsed < seconds ? static_cast<std::uint32_t>(seconds - elapsed) : 1U; // 0 would be refused
}

// --- addresses ------------------------------------------------------------------------------------------------------

/// "eth0:web" on eth0 is "peth0:web" on peth0, as the kernel has it when a netdev is renamed.
std::string label_for(const std::string& label, const std::string& from, const std::string& to) {
    if (label != from && !label.starts_with(from + ":"))
        return label;
    const std::string renamed = to + label.substr(from.size());
    return renamed.size() < IFNAMSIZ ? renamed : to;
}

std::uint32_t flags_of_address(const Bytes& address) {
    return find_number<std::uint32_t>(attributes_of<ifaddrmsg>(address), IFA_FLAGS)
        .value_or(header_of<ifaddrmsg>(address).ifa_flags);
}

/// What is a property of the address, and not of the moment or of the kernel's book-keeping.
std::uint32_t lasting_flags(const Bytes& address) {
    const std::uint32_t of_the_moment = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_OPTIMISTIC |
                                        IFA_F_SECONDARY | IFA_F_PERMANENT | IFA_F_STABLE_PRIVACY;
    return flags_of_address(address) & ~of_the_moment;
}

ifa_cacheinfo aged(ifa_cacheinfo lifetimes, std::uint64_t elapsed) {
    lifetimes.ifa_valid = shortened(lifetimes.ifa_valid, elapsed);
    // An address that is deprecated has no preferred life left, and stays so.
    if (lifetimes.ifa_prefered != 0)
        lifetimes.ifa_prefered = shortened(lifetimes.ifa_prefered, elapsed);
    lifetimes.ifa_prefered = std::min(lifetimes.ifa_prefered, lifetimes.ifa_valid);
    return lifetimes;
}

// --- routes ---------------------------------------------------------------------------------------------------------

unsigned lasting_leg_flags(unsigned flags) {
    return flags & RTNH_F_ONLINK; // DEAD and LINKDOWN are refused, the others are the kernel's
}

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

int moved(int index, int from, int to) {
    return index == from ? to : index;
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

} // namespace

Bytes payload_of(const nlmsghdr& message) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&message);
    return {bytes + NLMSG_HDRLEN, bytes + std::max<std::size_t>(message.nlmsg_len, NLMSG_HDRLEN)};
}

namespace {

Bytes identity_of_address(const Bytes& address, const Place& here) {
    auto header = header_of<ifaddrmsg>(address);
    header.ifa_index = 0;
    header.ifa_flags = 0;
    Bytes identity = rewritten(address, header, [&](Bytes& copy, const Attribute& attribute) {
        if (attribute.type == IFA_LABEL)
            append_string(copy, IFA_LABEL, label_for(string_of(attribute.data), here.name, ""));
        else if (attribute.type != IFA_CACHEINFO && attribute.type != IFA_FLAGS)
            keep(copy, attribute);
    });
    append(identity, IFA_FLAGS, bytes_of(lasting_flags(address)));
    return identity;
}

} // namespace

std::optional<Entry> read_host_address(const Bytes& address, const Place& here) {
    const auto header = header_of<ifaddrmsg>(address);
    if (static_cast<int>(header.ifa_index) != here.index)
        return std::nullopt;
    const std::string text =
        text_of(header.ifa_family, own_address_of(address)) + "/" + std::to_string(header.ifa_prefixlen);
    return Entry{text, address, identity_of_address(address, here)};
}

Bytes address_for(const Bytes& address, const Place& from, const Place& to, std::uint64_t elapsed, bool nodad) {
    auto header = header_of<ifaddrmsg>(address);
    header.ifa_index = static_cast<std::uint32_t>(to.index);
    header.ifa_flags = 0;
    Bytes copy = rewritten(address, header, [&](Bytes& into, const Attribute& attribute) {
        if (attribute.type == IFA_LABEL)
            append_string(into, IFA_LABEL, label_for(string_of(attribute.data), from.name, to.name));
        else if (attribute.type == IFA_CACHEINFO)
            append(into, IFA_CACHEINFO, bytes_of(aged(read_as<ifa_cacheinfo>(attribute.data), elapsed)));
        else if (attribute.type != IFA_FLAGS)
            keep(into, attribute);
    });
    const std::uint32_t flags = lasting_flags(address) | (nodad ? IFA_F_NODAD : 0U);
    append(copy, IFA_FLAGS, bytes_of(flags));
    return copy;
}

Bytes address_off(const Bytes& address, const Place& here) {
    auto header = header_of<ifaddrmsg>(address);
    header.ifa_index = static_cast<std::uint32_t>(here.index);
    return rewritten(address, header, [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type == IFA_LOCAL || attribute.type == IFA_ADDRESS)
            keep(copy, attribute);
    });
}

Bytes own_address_of(const Bytes& address) {
    const auto attributes = attributes_of<ifaddrmsg>(address);
    // IFA_LOCAL is the host's own end where there is a peer, and IPv6 has it only then.
    auto own = find(attributes, IFA_LOCAL);
    if (!own)
        own = find(attributes, IFA_ADDRESS);
    return own ? Bytes(own->begin(), own->end()) : Bytes();
}

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

namespace {

Bytes identity_of_route(const Bytes& route, int index) {
    const Bytes nowhere = route_for(route, index, 0, 0);
    return rewritten(nowhere, header_of<rtmsg>(nowhere), [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type != RTA_EXPIRES)
            keep(copy, attribute);
    });
}

} // namespace

Entry read_host_route(const Bytes& route, int index) {
    return {route_text(route), route, identity_of_route(route, index)};
}

bool may_be_advertised(const Bytes& route) {
    const auto attributes = attributes_of<rtmsg>(route);
    const auto cache_info = find(attributes, RTA_CACHEINFO);
    return header_of<rtmsg>(route).rtm_family == AF_INET6 && find(attributes, RTA_GATEWAY) && cache_info &&
           read_as<rta_cacheinfo>(*cache_info).rta_expires > 0;
}

AdvertisedRoute as_advertised(const Bytes& route) {
    const auto attributes = attributes_of<rtmsg>(route);
    AdvertisedRoute advertised{.destination = Bytes(sizeof(in6_addr)),
                               .prefix_length = header_of<rtmsg>(route).rtm_dst_len,
                               .gateway = {},
                               .metric = find_number<std::uint32_t>(attributes, RTA_PRIORITY).value_or(0)};
    if (const auto destination = find(attributes, RTA_DST))
        std::copy_n(destination->begin(), std::min(destination->size(), sizeof(in6_addr)),
                    advertised.destination.begin());
    if (const auto gateway = find(attributes, RTA_GATEWAY))
        advertised.gateway.assign(gateway->begin(), gateway->end());
    return advertised;
}

Entry read_advertised_route(const Bytes& route, int index) {
    auto header = header_of<rtmsg>(route);
    header.rtm_protocol = RTPROT_RA;
    Entry entry = read_host_route(rewritten(route, header, keep), index);
    // Its metrics come with the next advertisement.
    entry.identity = rewritten(entry.identity, header_of<rtmsg>(entry.identity), [](Bytes& copy, const Attribute& a) {
        if (a.type != RTA_METRICS)
            keep(copy, a);
    });
    entry.advertised = true;
    return entry;
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

AdvertisedLife advertised_life(const Bytes& route, std::uint64_t elapsed) {
    const Bytes aged = route_for(route, 0, 0, elapsed); // the attributes are views of it
    const auto attributes = attributes_of<rtmsg>(aged);
    return {find_number<std::uint32_t>(attributes, RTA_EXPIRES).value_or(0),
            find_number<std::uint8_t>(attributes, RTA_PREF).value_or(0)};
}

bool is_known_to_be_ours(const Bytes& address) {
    return (flags_of_address(address) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
}

Bytes address_as_of(const Bytes& address, const Place& from, const Place& to) {
    auto header = header_of<ifaddrmsg>(address);
    header.ifa_index = static_cast<std::uint32_t>(to.index);
    return rewritten(address, header, [&](Bytes& copy, const Attribute& attribute) {
        if (attribute.type == IFA_LABEL)
            append_string(copy, IFA_LABEL, label_for(string_of(attribute.data), from.name, to.name));
        else
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

Bytes neighbour_for(const Bytes& neighbour, const Place& to) {
    auto header = header_of<ndmsg>(neighbour);
    header.ndm_ifindex = to.index;
    return rewritten(neighbour, header, [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type != NDA_CACHEINFO && attribute.type != NDA_PROBES)
            keep(copy, attribute);
    });
}

std::optional<std::uint16_t> vlan_of_neighbour(const Bytes& neighbour) {
    return find_number<std::uint16_t>(attributes_of<ndmsg>(neighbour), NDA_VLAN);
}

Bytes again_without_dad(const Bytes& address) {
    const Place here{static_cast<int>(header_of<ifaddrmsg>(address).ifa_index), ""};
    return address_for(address, here, here, 0, true);
}

Bytes neighbour_again(const Bytes& neighbour) {
    return neighbour_for(neighbour, {header_of<ndmsg>(neighbour).ndm_ifindex, ""});
}

bool is_same_address(const Bytes& a, const Bytes& b) {
    return header_of<ifaddrmsg>(a).ifa_index == header_of<ifaddrmsg>(b).ifa_index &&
           own_address_of(a) == own_address_of(b);
}

std::optional<Entry> read_host_neighbour(const Bytes& neighbour, const Place& here) {
    const auto header = header_of<ndmsg>(neighbour);
    const bool somebodys = (header.ndm_flags & NTF_PROXY) != 0 || (header.ndm_state & NUD_PERMANENT) != 0;
    if (header.ndm_ifindex != here.index || !somebodys)
        return std::nullopt;
    const auto address = find(attributes_of<ndmsg>(neighbour), NDA_DST);
    const std::string text = "neighbour " + (address ? text_of(header.ndm_family, *address) : "?");
    return Entry{text, neighbour, neighbour_for(neighbour, {0, ""})};
}

Bytes rule_for(const Bytes& rule, const Place& from, const Place& to) {
    auto header = header_of<fib_rule_hdr>(rule);
    header.flags &= FIB_RULE_INVERT; // the others say whether the netdev is there
    return rewritten(rule, header, [&](Bytes& copy, const Attribute& attribute) {
        const bool names_it =
            (attribute.type == FRA_IIFNAME || attribute.type == FRA_OIFNAME) && string_of(attribute.data) == from.name;
        if (names_it)
            append_string(copy, attribute.type, to.name);
        else
            keep(copy, attribute);
    });
}

std::optional<Entry> read_host_rule(const Bytes& rule, const Place& here) {
    const auto attributes = attributes_of<fib_rule_hdr>(rule);
    bool names_it = false;
    for (const int type : {FRA_IIFNAME, FRA_OIFNAME})
        if (const auto name = find(attributes, type))
            names_it = names_it || string_of(*name) == here.name;
    if (!names_it)
        return std::nullopt;
    const auto priority = find_number<std::uint32_t>(attributes, FRA_PRIORITY).value_or(0);
    return Entry{"rule " + std::to_string(priority), rule, rule_for(rule, here, {0, ""})};
}

Bytes nexthop_for(const Bytes& nexthop, int from, int to) {
    auto header = header_of<nhmsg>(nexthop);
    header.nh_scope = 0;
    header.resvd = 0;
    header.nh_flags = lasting_leg_flags(header.nh_flags);
    return rewritten(nexthop, header, [&](Bytes& copy, const Attribute& attribute) {
        switch (attribute.type) {
        case NHA_OIF:
            append(copy, NHA_OIF, bytes_of(moved(read_as<int>(attribute.data), from, to)));
            break;
        case NHA_ID:
        case NHA_GROUP:
        case NHA_GROUP_TYPE:
        case NHA_GATEWAY:
        case NHA_ENCAP_TYPE:
        case NHA_ENCAP:
        case NHA_BLACKHOLE:
            keep(copy, attribute);
            break;
        default: // counters
            break;
        }
    });
}

Nexthop read_nexthop(const Bytes& nexthop) {
    Nexthop found;
    found.message = nexthop;
    for (const Attribute& attribute : attributes_of<nhmsg>(nexthop)) {
        if (attribute.type == NHA_ID)
            found.id = read_as<std::uint32_t>(attribute.data);
        else if (attribute.type == NHA_OIF)
            found.netdev = read_as<int>(attribute.data);
        else if (attribute.type == NHA_FDB || attribute.type == NHA_RES_GROUP)
            found.can_be_made_anew = false;
        else if (attribute.type == NHA_GROUP)
            for (View rest = attribute.data; rest.size() >= sizeof(nexthop_grp);
                 rest = rest.subspan(sizeof(nexthop_grp)))
                found.members.push_back(read_as<nexthop_grp>(rest).id);
    }
    return found;
}

Entry nexthop_entry(const Nexthop& nexthop, int index) {
    return {"nexthop object " + std::to_string(nexthop.id), nexthop.message, nexthop_for(nexthop.message, index, 0)};
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
