// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ownership.hpp"

#include "a_link.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_vif;

constexpr VifId vif_7_0{DomId{7}, DevId{0}};
constexpr VifId vif_0_7{DomId{0}, DevId{7}};

Link from_netback(const std::string& name, const std::string& device) {
    Link link = a_vif(3, name);
    link.parent_bus = "xen-backend";
    link.parent_device = device;
    return link;
}

TEST(Ownership, ARealVifSaysItselfWhoseItIs) {
    EXPECT_TRUE(belongs_to(from_netback("vif7.0", "vif-7-0"), vif_7_0, PortKind::vif, {}));
    EXPECT_TRUE(belongs_to(from_netback("anything", "vif-7-0"), vif_7_0, PortKind::vif, {}));
    EXPECT_FALSE(belongs_to(from_netback("vif7.0", "vif-0-7"), vif_7_0, PortKind::vif, {}));
    EXPECT_FALSE(belongs_to(from_netback("vif7.0", "vif-7-0"), vif_0_7, PortKind::vif, {}));
}

TEST(Ownership, ARealVifIsNobodysTap) {
    // A stub domain's vif is called like a tap of its guest.
    EXPECT_FALSE(belongs_to(from_netback("vif7.0-emu", "vif-8-0"), vif_7_0, PortKind::tap, {}));
    EXPECT_FALSE(belongs_to(from_netback("vif7.0-emu", "vif-7-0"), vif_7_0, PortKind::tap, {}));
}

TEST(Ownership, TheRecordDoesNotOutweighWhatARealVifSays) {
    EXPECT_FALSE(belongs_to(from_netback("web0", "vif-8-0"), vif_7_0, PortKind::vif, PortRecord{IfIndex(3), "web0"}));
}

TEST(Ownership, OtherNetdevsGoByTheCanonicalName) {
    EXPECT_TRUE(belongs_to(a_vif(3, "vif7.0"), vif_7_0, PortKind::vif, {}));
    EXPECT_TRUE(belongs_to(a_vif(3, "vif7.0-emu"), vif_7_0, PortKind::tap, {}));
    EXPECT_TRUE(belongs_to(a_vif(3, "tap7.0"), vif_7_0, PortKind::tap, {}));
    EXPECT_FALSE(belongs_to(a_vif(3, "vif7.0"), vif_7_0, PortKind::tap, {}));
    EXPECT_FALSE(belongs_to(a_vif(3, "tap0"), vif_7_0, PortKind::tap, {}));
}

TEST(Ownership, N4_another_name_needs_our_record_of_both_name_and_number) {
    const Link web0 = a_vif(3, "web0");
    EXPECT_FALSE(belongs_to(web0, vif_7_0, PortKind::vif, {}));
    EXPECT_TRUE(belongs_to(web0, vif_7_0, PortKind::vif, PortRecord{IfIndex(3), "web0"}));
    EXPECT_FALSE(belongs_to(web0, vif_7_0, PortKind::vif, PortRecord{IfIndex(4), "web0"}));
    EXPECT_FALSE(belongs_to(web0, vif_7_0, PortKind::vif, PortRecord{IfIndex(3), "web1"}));
}

TEST(PortRecord, IsReadAsItWasWritten) {
    for (const char* name : {"web0", "-x", "."}) {
        const PortRecord record{IfIndex(7), name};
        EXPECT_EQ(parse_record(format_record(record, "4026531840"), "4026531840"), record);
    }
    EXPECT_EQ(format_record({IfIndex(7), "web0"}, "4026531840"), "4026531840 7 web0 .\n");
}

TEST(PortRecord, IsAsGoodAsNoneWhenItIsNotWholeOrNotOfThisNamespace) {
    for (const char* bad : {"", "\n", "1", "1 7", "1 7 web0", "1 7 web0 . x", "2 7 web0 .", "1 0 web0 .", "1 -7 web0 .",
                            "1 99999999999 web0 .", "1 2147483648 web0 .", "1 x web0 ."})
        EXPECT_FALSE(parse_record(bad, "1")) << bad;
}

TEST(Ownership, LooksUnderEveryNameOnceCanonicalFirst) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(names_to_look_for(vif_7_0, PortKind::vif, "vif7.0", {}, {}), Names{"vif7.0"});
    EXPECT_EQ(names_to_look_for(vif_7_0, PortKind::vif, "web0", IfName::parse("vifname", "web0"),
                                PortRecord{IfIndex(3), "old0"}),
              (Names{"vif7.0", "web0", "old0"}));
    EXPECT_EQ(names_to_look_for(vif_7_0, PortKind::tap, "tap7.0", {}, {}), (Names{"vif7.0-emu", "tap7.0"}));
}

} // namespace
} // namespace vifplug
