// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nexthop_messages.hpp"

#include "system/kernel_message.hpp"

#include <linux/nexthop.h>

namespace vifplug {

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

Entry nexthop_entry(const Nexthop& nexthop, int index) {
    return {"nexthop object " + std::to_string(nexthop.id), nexthop.message, nexthop_for(nexthop.message, index, 0)};
}

} // namespace vifplug
