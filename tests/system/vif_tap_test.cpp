// SPDX-License-Identifier: LGPL-2.1-or-later
//
// add and remove: the tap of an emulated NIC.
#include "system/vif_world.hpp"

namespace vifplug::test {
namespace {

class VifTap : public VifWorld {
  protected:
    VifTap() { make_tap("vif1.0-emu"); }

    void make_tap(const std::string& name) { ip("tuntap add mode tap name " + name); }

    Result add(const Variables& environment) { return call({"add", "type_if=tap"}, environment); }
    Result add() { return add(libxl_tap(1, 0)); }
    Result remove_tap() { return call({"remove", "type_if=tap"}, libxl_tap(1, 0)); }

    void expect_tap_placed(const std::string& tap, const std::string& bridge = "xenbr0") {
        EXPECT_EQ(seen(tap).master, bridge);
        EXPECT_TRUE(seen(tap).up);
        EXPECT_EQ(seen(tap).mac, "fe:ff:ff:ff:ff:ff");
    }
};

TEST_F(VifTap, P1_add_places_it_and_announces_nothing) {
    const std::string before = store_picture();
    EXPECT_EQ(add().status, 0);
    expect_tap_placed("vif1.0-emu");
    EXPECT_EQ(store_picture(), before);
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_EQ(call({"--dry-run", "add", "type_if=tap"}, libxl_tap(1, 0)).out, "");
}

TEST_F(VifTap, P2_with_a_vifname_it_is_called_that_and_emu) {
    write(backend + "/vifname", "web0");
    EXPECT_EQ(add().status, 0);
    expect_tap_placed("web0-emu");
    EXPECT_EQ(add().status, 0);
    EXPECT_EQ(remove_tap().status, 0);
    EXPECT_EQ(seen("web0-emu").master, "");
}

TEST_F(VifTap, P3_remove_takes_it_off) {
    ASSERT_EQ(add().status, 0);
    EXPECT_EQ(remove_tap().status, 0);
    EXPECT_EQ(seen("vif1.0-emu").master, "");
    EXPECT_FALSE(seen("vif1.0-emu").up);
}

TEST_F(VifTap, P4_remove_when_qemu_took_it_along) {
    ASSERT_EQ(add().status, 0);
    ip("link delete dev vif1.0-emu");
    const std::string before = store_picture();
    EXPECT_EQ(remove_tap().status, 0);
    EXPECT_EQ(store_picture(), before);
}

TEST_F(VifTap, P5_V35_calls_for_the_other_half_do_nothing) {
    const std::string links = link_picture();
    const std::string store = store_picture();
    for (const Words& words :
         {Words{"online", "type_if=tap"}, Words{"offline", "type_if=tap"}, Words{"add", "type_if=vif"},
          Words{"remove", "type_if=vif"}, Words{"add"}, Words{"remove"}}) {
        const Result result = call(words, libxl_tap(1, 0));
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.err, "");
    }
    EXPECT_EQ(link_picture(), links);
    EXPECT_EQ(store_picture(), store);
}

TEST_F(VifTap, P6_a_driver_domains_own_tree_is_read) {
    ip("link add name br5 type bridge");
    write("/local/domain/5/backend/vif/1/0/bridge", "br5");
    Variables environment = libxl_tap(1, 0);
    environment["XENBUS_PATH"] = "/local/domain/5/backend/vif/1/0";
    EXPECT_EQ(add(environment).status, 0);
    expect_tap_placed("vif1.0-emu", "br5");
}

TEST_F(VifTap, P7_the_old_name_is_taken_without_any_path) {
    ip("link delete dev vif1.0-emu");
    make_tap("tap1.0");
    Variables environment = libxl_tap(1, 0);
    environment["INTERFACE"] = "tap1.0";
    environment.erase("XENBUS_PATH");
    EXPECT_EQ(add(environment).status, 0);
    expect_tap_placed("tap1.0");
    EXPECT_EQ(call({"remove", "type_if=tap"}, environment).status, 0);
    EXPECT_EQ(seen("tap1.0").master, "");
}

TEST_F(VifTap, P8_foreign_taps_are_left_alone) {
    make_tap("tap0");
    for (const bool with_path : {true, false}) {
        Variables environment = libxl_tap(1, 0);
        environment["INTERFACE"] = "tap0";
        if (!with_path)
            environment.erase("XENBUS_PATH");
        const std::string before = link_picture();
        const Result result = add(environment);
        EXPECT_EQ(result.status, 1);
        EXPECT_NE(result.err.find("INTERFACE='tap0': the tap of a guest is called"), std::string::npos) << result.err;
        EXPECT_EQ(link_picture(), before);
    }
}

TEST_F(VifTap, P9_a_missing_tap_is_an_error_that_says_so) {
    ip("link delete dev vif1.0-emu");
    EXPECT_EQ(add().status, 1);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0-emu: look up vif1.0-emu: No such device");
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
}

TEST_F(VifTap, P9_a_tap_that_failed_and_then_works_leaves_its_vif_connected) {
    ASSERT_EQ(online().status, 0);
    ip("link delete dev vif1.0-emu");
    EXPECT_EQ(add().status, 1);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0-emu: look up vif1.0-emu: No such device");
    make_tap("vif1.0-emu");
    EXPECT_EQ(add().status, 0);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(VifTap, P10_the_configured_mtu_is_the_taps_and_nobody_is_told) {
    write(backend + "/mtu", "1400");
    EXPECT_EQ(add().status, 0);
    EXPECT_EQ(seen("vif1.0-emu").mtu, 1400u);
    EXPECT_EQ(read(frontend + "/mtu"), std::nullopt);
}

} // namespace
} // namespace vifplug::test
