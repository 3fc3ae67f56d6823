// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/kernel_message.hpp"

#include <arpa/inet.h>
#include <array>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

constexpr std::uint32_t forever = 0xFFFFFFFF;

} // namespace

Bytes payload_of(const nlmsghdr& message) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&message);
    return {bytes + NLMSG_HDRLEN, bytes + std::max<std::size_t>(message.nlmsg_len, NLMSG_HDRLEN)};
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

std::optional<View> find(const std::vector<Attribute>& attributes, int type) {
    for (const Attribute& attribute : attributes)
        if (attribute.type == type)
            return attribute.data;
    return std::nullopt;
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

unsigned lasting_leg_flags(unsigned flags) {
    return flags & RTNH_F_ONLINK; // DEAD and LINKDOWN are refused, the others are the kernel's
}

int moved(int index, int from, int to) {
    return index == from ? to : index;
}

} // namespace vifplug
