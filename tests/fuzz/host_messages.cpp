// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_messages.hpp"

#include "core/text.hpp"
#include "fuzz.hpp"
#include "system/multicast_addresses.hpp"

using namespace vifplug;

namespace {

const Place from{2, "eth0"};
const Place to{7, "xenbr0"};

/// Moved is what it was, whatever it is.
void move_everything(const Bytes& message) {
    if (const auto address = read_host_address(message, from))
        FUZZ_EXPECT(read_host_address(address_for(message, from, to, 5, true), to).has_value());
    (void)address_off(message, from);
    (void)again_without_dad(message);
    const Bytes route = route_for(message, from.index, to.index, 5);
    FUZZ_EXPECT(route_for(route, to.index, from.index, 0) == route_for(message, from.index, from.index, 5) ||
                leads_through(message, to.index));
    FUZZ_EXPECT(is_utf8(read_host_route(message, from.index).text));
    FUZZ_EXPECT(!is_kernels_own(message) || !is_made_with_an_address(message));
    for (const Gateway& gateway : gateways_of(message, from.index))
        FUZZ_EXPECT(is_utf8(gateway.text));
    (void)is_on_link(message);
    (void)is_made_with(message, message);
    (void)preferred_source_of(message);
    (void)own_address_of(message);
    (void)read_default_route(message);
    (void)nexthop_id_of(message);
    (void)read_host_neighbour(message, from);
    (void)vlan_of_neighbour(message);
    if (const auto rule = read_host_rule(message, from))
        FUZZ_EXPECT(read_host_rule(rule_for(message, from, to), to) == rule);
    (void)nexthop_entry(read_nexthop(message), from.index);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)parse_multicast_addresses(fuzz::text_of(data, size));
    try {
        move_everything(Bytes(data, data + size));
    } catch (const std::exception&) {
    }
    return 0;
}
