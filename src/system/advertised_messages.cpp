// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/advertised_messages.hpp"

#include "system/kernel_message.hpp"
#include "system/route_messages.hpp"

#include <linux/rtnetlink.h>
#include <netinet/in.h>

namespace vifplug {

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

AdvertisedLife advertised_life(const Bytes& route, std::uint64_t elapsed) {
    const Bytes aged = route_for(route, 0, 0, elapsed); // the attributes are views of it
    const auto attributes = attributes_of<rtmsg>(aged);
    return {find_number<std::uint32_t>(attributes, RTA_EXPIRES).value_or(0),
            find_number<std::uint8_t>(attributes, RTA_PREF).value_or(0)};
}

} // namespace vifplug
