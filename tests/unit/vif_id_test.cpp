// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_id.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

constexpr VifId vif_7_0{DomId{7}, DevId{0}};

TEST(BackendPath, TakesRelativeAndAbsolutePaths) {
    for (const char* path : {"backend/vif/7/0", "/local/domain/0/backend/vif/7/0", "/local/domain/5/backend/vif/7/0"}) {
        const BackendPath backend = BackendPath::parse(path);
        EXPECT_EQ(backend.id, vif_7_0) << path;
        EXPECT_EQ(backend.path, path);
    }
    EXPECT_EQ(BackendPath::parse("backend/vif/32751/12").id, (VifId{DomId{32751}, DevId{12}}));
    EXPECT_EQ(BackendPath::of(vif_7_0).path, "backend/vif/7/0");
    EXPECT_EQ(BackendPath::of(vif_7_0).node("mtu"), "backend/vif/7/0/mtu");
}

TEST(BackendPath, RefusesEverythingElse) {
    for (const char* bad : {"",
                            "/",
                            "backend/vif",
                            "backend/vif/7",
                            "backend/vif/7/",
                            "backend/vif/7/0/",
                            "backend/vif//7/0",
                            "backend/vif/07/0",
                            "backend/vif/7/00",
                            "backend/vif/-7/0",
                            "backend/vif/32752/0",
                            "backend/vif/7/0/x",
                            "backend/vbd/7/0",
                            "x/backend/vif/7/0",
                            "xbackend/vif/7/0",
                            "/local/domain/0//backend/vif/7/0",
                            "backend/vif/7/0\n",
                            "backend/vif/7/0 ",
                            "backend/vif/seven/0",
                            "backend/vif/7/4294967296"})
        EXPECT_NE(test::refusal([&] { return BackendPath::parse(bad); }).find("a vif's backend is"), std::string::npos)
            << bad;
    EXPECT_NE(test::refusal([] { return BackendPath::parse(std::string(4000, '/') + "backend/vif/7/0"); }), "accepted");
}

TEST(VifId, HasTheNamesOfKernelAndToolstack) {
    EXPECT_EQ(netdev_name(vif_7_0, PortKind::vif), "vif7.0");
    EXPECT_EQ(netdev_name(vif_7_0, PortKind::tap), "vif7.0-emu");
    EXPECT_EQ(xenbus_device_name(vif_7_0), "vif-7-0");
    EXPECT_EQ(frontend_path(vif_7_0), "/local/domain/7/device/vif/0");
}

TEST(VifId, ReadsNamesOfVifs) {
    EXPECT_EQ(parse_vif_name("vif7.0"), vif_7_0);
    for (const char* other : {"vif7", "vif7.", "vif.0", "vif07.0", "vif7.0-emu", "web0", "", "vif7.0.1"})
        EXPECT_FALSE(parse_vif_name(other)) << other;
}

TEST(VifId, ReadsNamesOfTapsOldAndNew) {
    EXPECT_EQ(parse_tap_name("vif7.0-emu"), vif_7_0);
    EXPECT_EQ(parse_tap_name("tap7.0"), vif_7_0);
    for (const char* foreign :
         {"tap0", "tap", "tun0", "vif7.0", "vif-emu", "-emu", "vif7.0-em", "tap7.0-emu", "", "tapx.y"})
        EXPECT_FALSE(parse_tap_name(foreign)) << foreign;
}

} // namespace
} // namespace vifplug
