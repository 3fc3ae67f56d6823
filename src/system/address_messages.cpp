// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/address_messages.hpp"

#include "system/kernel_message.hpp"

#include <linux/if_addr.h>
#include <net/if.h>

namespace vifplug {

namespace {

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

Bytes again_without_dad(const Bytes& address) {
    const Place here{static_cast<int>(header_of<ifaddrmsg>(address).ifa_index), ""};
    return address_for(address, here, here, 0, true);
}

bool is_same_address(const Bytes& a, const Bytes& b) {
    return header_of<ifaddrmsg>(a).ifa_index == header_of<ifaddrmsg>(b).ifa_index &&
           own_address_of(a) == own_address_of(b);
}

} // namespace vifplug
