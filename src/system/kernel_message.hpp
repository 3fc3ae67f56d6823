// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"
#include "core/host_state.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <linux/netlink.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vifplug {

// How a message of the kernel, without its netlink header, is taken apart and put together: one header, and attributes.

/// The part of a netlink message after its header.
Bytes payload_of(const nlmsghdr& message);

using View = std::span<const std::uint8_t>;

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

/// Throws Error when the message is too short for it.
template <class Header>
Header header_of(const Bytes& message) {
    if (message.size() < sizeof(Header))
        throw Error("read a message of the kernel", system_code(EBADMSG));
    return read_as<Header>(message);
}

/// The attributes in `bytes`; what is cut short ends the list.
std::vector<Attribute> attributes_in(View bytes);

template <class Header>
std::vector<Attribute> attributes_of(const Bytes& message) {
    (void)header_of<Header>(message);
    return attributes_in(View(message).subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof(Header)), message.size())));
}

std::optional<View> find(const std::vector<Attribute>& attributes, int type);

template <class T>
std::optional<T> find_number(const std::vector<Attribute>& attributes, int type) {
    const auto data = find(attributes, type);
    return data ? std::optional(read_as<T>(*data)) : std::nullopt;
}

/// The bytes, or an attribute of them, and what aligns the next.
void append(Bytes& message, View data);
void append(Bytes& message, int type, View data);

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

/// For rewritten(): the attribute as it is.
void keep(Bytes& copy, const Attribute& attribute);

/// An IP address for people; "?" when there are too few bytes.
std::string text_of(int family, View address);

/// The text up to its end, which is a zero byte.
std::string string_of(View data);

void append_string(Bytes& copy, int type, const std::string& text);

/// A lifetime of so many seconds after `elapsed` of them; one that has no end stays so.
std::uint32_t shortened(std::uint32_t seconds, std::uint64_t elapsed);

/// The flags of a route's leg, or of a nexthop, that a request can have.
unsigned lasting_leg_flags(unsigned flags);

/// `to` in the place of `from`.
int moved(int index, int from, int to);

} // namespace vifplug
