// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/vlan.hpp"
#include "fuzz.hpp"

using namespace vifplug;

namespace {

/// What is between two lists takes one to the other, and touches nothing that is the same in both.
void expect_difference(const VlanList& from, const VlanList& to) {
    VlanList list = from;
    for (const VlanRange& range : vlans_to_remove(from, to))
        for (unsigned id = range.first.number(); id <= range.last.number(); ++id)
            list.remove(VlanId(id));
    for (const VlanRange& range : vlans_to_add(from, to))
        for (unsigned id = range.first.number(); id <= range.last.number(); ++id) {
            list.add(VlanId(id), range.tagging);
            if (range.pvid)
                list.set_pvid(VlanId(id));
        }
    FUZZ_EXPECT(list == to);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    try {
        const VlanList list = parse_vlan_list(text);
        FUZZ_EXPECT(list.pvid() && list.has(*list.pvid()));
        FUZZ_EXPECT(parse_vlan_list(list.str()) == list);
        expect_difference(VlanList::access(VlanId(first_vlan)), list);
        expect_difference(list, VlanList());
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(is_utf8(bad.what()));
    }
    try {
        if (const auto found = parse_bridge_and_vlans(text)) {
            FUZZ_EXPECT(!found->vlans.empty());
            FUZZ_EXPECT(text.starts_with(found->bridge.str()));
        }
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(is_utf8(bad.what()));
    }
    return 0;
}
