// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/neighbour_messages.hpp"

#include "system/kernel_message.hpp"

#include <linux/neighbour.h>

namespace vifplug {

std::optional<Entry> read_host_neighbour(const Bytes& neighbour, const Place& here) {
    const auto header = header_of<ndmsg>(neighbour);
    const bool somebodys = (header.ndm_flags & NTF_PROXY) != 0 || (header.ndm_state & NUD_PERMANENT) != 0;
    if (header.ndm_ifindex != here.index || !somebodys)
        return std::nullopt;
    const auto address = find(attributes_of<ndmsg>(neighbour), NDA_DST);
    const std::string text = "neighbour " + (address ? text_of(header.ndm_family, *address) : "?");
    return Entry{text, neighbour, neighbour_for(neighbour, {0, ""})};
}

Bytes neighbour_for(const Bytes& neighbour, const Place& to) {
    auto header = header_of<ndmsg>(neighbour);
    header.ndm_ifindex = to.index;
    return rewritten(neighbour, header, [](Bytes& copy, const Attribute& attribute) {
        if (attribute.type != NDA_CACHEINFO && attribute.type != NDA_PROBES)
            keep(copy, attribute);
    });
}

Bytes neighbour_again(const Bytes& neighbour) {
    return neighbour_for(neighbour, {header_of<ndmsg>(neighbour).ndm_ifindex, ""});
}

std::optional<std::uint16_t> vlan_of_neighbour(const Bytes& neighbour) {
    return find_number<std::uint16_t>(attributes_of<ndmsg>(neighbour), NDA_VLAN);
}

} // namespace vifplug
