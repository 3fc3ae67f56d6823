// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vifname=: the netdev gets the configured name, and nobody else's netdev is ever taken for it.
#include "system/vif_world.hpp"

namespace vifplug::test {
namespace {

class VifName : public VifWorld {
  protected:
    VifName() { write(backend + "/vifname", "web0"); }
};

TEST_F(VifName, N1_the_netdev_is_renamed_and_placed) {
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("renamed to web0, added to xenbr0"), std::string::npos) << result.err;
    EXPECT_FALSE(see("vif1.0"));
    expect_placed("web0", "xenbr0");
}

TEST_F(VifName, N2_the_guest_hears_its_mtu_under_its_own_number) {
    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(read("/local/domain/1/device/vif/0/mtu"), "1500");
    EXPECT_EQ(read("/local/domain/web0"), std::nullopt);
}

TEST_F(VifName, N3_a_name_in_use_is_refused_and_its_bearer_untouched) {
    make_netdev("web0", "other");
    ip("link set dev web0 master xenbr0 up");
    const std::string before = link_picture();
    expect_refused(online(), "vifname='web0': vif1.0 cannot get this name, since another interface has it");
    EXPECT_EQ(link_picture(), before);
}

TEST_F(VifName, N4_offline_after_that_leaves_the_other_alone) {
    make_netdev("web0", "other");
    ip("link set dev web0 master xenbr0 up");
    ASSERT_EQ(online().status, 1);
    const std::string before = link_picture();
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(link_picture(), before);
    ip("link delete dev vif1.0"); // as when the domain is gone
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(seen("web0").master, "xenbr0");
    EXPECT_TRUE(seen("web0").up);
}

TEST_F(VifName, N4_a_record_of_another_netdev_proves_nothing) {
    ASSERT_EQ(online().status, 0);
    ip("link delete dev web0");
    make_netdev("web0", "other"); // the same name, another netdev
    ip("link set dev web0 master xenbr0 up");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(seen("web0").master, "xenbr0");
    EXPECT_TRUE(seen("web0").up);
}

TEST_F(VifName, N4_the_record_goes_when_the_netdev_has_gone) {
    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(run({"ls", rundir}).out, "vif1.0.netdev\n");
    ip("link delete dev web0");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(run({"ls", rundir}).out, "");
}

TEST_F(VifName, N4_the_canonical_name_of_another_vif_is_refused) {
    make_vif(2, 0);
    ip("link delete dev vif2.0");
    write(backend + "/vifname", "vif2.0");
    expect_refused(online(), "vifname='vif2.0': that is what the netdev of another vif is called");
    EXPECT_TRUE(see("vif1.0"));
}

TEST_F(VifName, N5_online_twice) {
    ASSERT_EQ(online().status, 0);
    const Result again = online();
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_NE(again.err.find("nothing to do"), std::string::npos);
    expect_placed("web0", "xenbr0");
}

TEST_F(VifName, N6_the_name_it_has_already_is_no_change) {
    write(backend + "/vifname", "vif1.0");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifName, N7_a_name_that_no_interface_can_have_is_refused) {
    for (const char* name : {"sixteen-bytes-xx", "a b", "a/b", "..", "web%d"}) {
        write(backend + "/vifname", name);
        const std::string before = link_picture();
        EXPECT_EQ(online().status, 1) << name;
        EXPECT_EQ(read(backend + "/hotplug-error").value_or("").find("vif1.0: vifname='" + std::string(name) + "': "),
                  0u);
        EXPECT_EQ(link_picture(), before);
    }
}

TEST_F(VifName, N8_offline_finds_it_by_either_name) {
    for (const char* callers : {"vif1.0", "web0"}) {
        ASSERT_EQ(online().status, 0);
        Variables environment = libxl(1, 0);
        environment["vif"] = callers;
        EXPECT_EQ(call({"offline", "type_if=vif"}, environment).status, 0);
        EXPECT_EQ(seen("web0").master, "") << callers;
        EXPECT_FALSE(seen("web0").up);
    }
}

TEST_F(VifName, N8_offline_finds_it_when_the_backend_is_gone) {
    ASSERT_EQ(online().status, 0);
    remove("/local/domain/0/backend/vif/1");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(seen("web0").master, "");
}

TEST_F(VifName, N9_words_of_other_tools_are_only_names) {
    for (const char* name : {"dev", "-x", "$(id)", "*"}) {
        write(backend + "/vifname", name);
        EXPECT_EQ(online().status, 0) << name;
        EXPECT_EQ(seen(name).master, "xenbr0");
        ASSERT_EQ(offline().status, 0);
        must({"ip", "link", "set", "dev", name, "name", "vif1.0"});
    }
}

TEST_F(VifName, N10_the_destination_of_a_local_migration_leaves_the_source_up) {
    ASSERT_EQ(online().status, 0);
    make_vif(2, 0);
    write("/local/domain/0/backend/vif/2/0/vifname", "web0");
    const Result result = online(2);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(read("/local/domain/0/backend/vif/2/0/hotplug-error"),
              "vif2.0: vifname='web0': vif2.0 cannot get this name, since another interface has it");
    EXPECT_EQ(offline(2).status, 0);
    expect_placed("web0", "xenbr0");
}

TEST_F(VifName, OnlineAndOfflineInTurnKeepFindingIt) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(online().status, 0);
        expect_placed("web0", "xenbr0");
        ASSERT_EQ(offline().status, 0);
    }
}

} // namespace
} // namespace vifplug::test
