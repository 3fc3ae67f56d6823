// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vif-bridge and a guest's vif: where it lands, and that it leaves again.
#include "support/stepped.hpp"
#include "system/link_watch.hpp"
#include "system/vif_world.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace vifplug::test {
namespace {

using VifBridge = VifWorld;

TEST_F(VifBridge, V1_online_puts_the_vif_on_its_bridge) {
    const Result result = online();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "vif-bridge: vif1.0: added to xenbr0, MTU 1500\n");
    EXPECT_EQ(result.out, "");
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V2_offline_takes_it_off_and_leaves_the_status) {
    ASSERT_EQ(online().status, 0);
    const std::string before = store_picture();
    EXPECT_EQ(offline().status, 0);
    EXPECT_FALSE(seen("vif1.0").up);
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_EQ(store_picture(), before);
}

TEST_F(VifBridge, V3_offline_of_a_netdev_that_is_gone) {
    ASSERT_EQ(online().status, 0);
    ip("link delete dev vif1.0");
    const std::string before = store_picture();
    const Result result = offline();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "vif-bridge: vif1.0: gone already\n");
    EXPECT_EQ(store_picture(), before);
}

TEST_F(VifBridge, V4_offline_while_the_netdev_vanishes_at_any_moment) {
    Variables environment = libxl(1, 0);
    environment["ASAN_OPTIONS"] = "detect_leaks=0"; // which cannot look into a traced program
    ASSERT_EQ(online().status, 0);
    const std::string before = store_picture();
    bool reached_the_end = false;
    for (int moment = 1; !reached_the_end; moment += 7) {
        if (!see("vif1.0"))
            make_netdev("vif1.0", "guest1.0");
        ip("link set dev vif1.0 master xenbr0 up");
        Stepped program({VifWorld::program("vif-bridge"), "offline", "type_if=vif"}, environment);
        reached_the_end = !program.steps(moment);
        ip("link delete dev vif1.0");
        EXPECT_EQ(program.finish(), 0) << "vanished at system call stop " << moment;
        EXPECT_EQ(store_picture(), before);
    }
}

TEST_F(VifBridge, V5_offline_while_the_bridge_is_gone) {
    ASSERT_EQ(online().status, 0);
    ip("link delete dev xenbr0");
    const std::string before = store_picture();
    EXPECT_EQ(offline().status, 0);
    EXPECT_FALSE(seen("vif1.0").up);
    EXPECT_EQ(store_picture(), before);
}

TEST_F(VifBridge, V6_offline_without_a_backend_detaches_and_creates_nothing) {
    ASSERT_EQ(online().status, 0);
    remove("/local/domain/0/backend/vif/1");
    const std::string before = store_picture();
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_EQ(store_picture(), before);
}

TEST_F(VifBridge, V7_online_twice) {
    ASSERT_EQ(online().status, 0);
    const std::string before = link_picture();
    const Result again = online();
    EXPECT_EQ(again.status, 0);
    EXPECT_EQ(again.err, "vif-bridge: vif1.0: on xenbr0 already, nothing to do\n");
    EXPECT_EQ(link_picture(), before);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V9_a_missing_bridge_leaves_the_vif_alone) {
    write(backend + "/bridge", "xenbr7");
    const std::string before = link_picture();
    expect_refused(online(), "bridge='xenbr7': there is no such bridge here, nor a bridge eth7");
    EXPECT_EQ(link_picture(), before);
    EXPECT_EQ(read(frontend + "/mtu"), std::nullopt);
}

TEST_F(VifBridge, V10_nobody_sees_the_error_without_its_reason) {
    write(backend + "/bridge", "nosuch");
    Variables environment = libxl(1, 0);
    environment["ASAN_OPTIONS"] = "detect_leaks=0";
    Stepped program({VifWorld::program("vif-bridge"), "online", "type_if=vif"}, environment);
    // A program held while it writes a message would keep xenstored from answering anybody, so the looks are taken
    // where it has read an answer.
    int looks = 0;
    while (program.step()) {
        if (program.has_left() != SYS_read)
            continue;
        ++looks;
        EXPECT_EQ(read(backend + "/hotplug-status") == "error", read(backend + "/hotplug-error").has_value());
    }
    EXPECT_GT(looks, 10);
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
}

TEST_F(VifBridge, V11_a_missing_netdev_is_an_error_that_says_so) {
    ip("link delete dev vif1.0");
    expect_refused(online(), "look up vif1.0: No such device");
}

TEST_F(VifBridge, V12_without_a_node_the_callers_bridge_counts) {
    ip("link add name br5 type bridge");
    ip("link add name br6 type bridge");
    remove(backend + "/bridge");
    Variables environment = libxl(1, 0);
    environment["bridge"] = "br5";
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "br5");
    EXPECT_EQ(call({"online", "type_if=vif", "bridge=br6"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "br6");
}

TEST_F(VifBridge, V13_the_node_wins_over_the_caller) {
    ip("link add name br5 type bridge");
    EXPECT_EQ(call({"online", "type_if=vif", "bridge=br5"}).status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V14_an_empty_node_ends_the_search) {
    ip("link add name yyy type bridge");
    write(backend + "/bridge", "");
    EXPECT_EQ(call({"online", "type_if=vif", "bridge=yyy"}).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "xenbr0");
}

TEST_F(VifBridge, V15_without_any_name_the_first_bridge_by_name) {
    ip("link add name abr type bridge");
    remove(backend + "/bridge");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(seen("vif1.0").master, "abr");
}

TEST_F(VifBridge, V16_bridges_without_ports_can_be_chosen_too) {
    write(backend + "/bridge", "");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V17_bridges_with_two_ports_can_be_chosen_too) {
    make_netdev("port0", "other0");
    make_netdev("port1", "other1");
    ip("link set dev port0 master xenbr0");
    ip("link set dev port1 master xenbr0");
    write(backend + "/bridge", "");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V15_no_bridge_at_all_is_an_error) {
    ip("link delete dev xenbr0");
    write(backend + "/bridge", "");
    expect_refused(online(), "bridge='': none is configured, and there is no bridge here to choose");
}

TEST_F(VifBridge, V18_xenbrN_may_be_the_bridge_ethN) {
    ip("link set dev xenbr0 down"); // before 6.2 the kernel renames no netdev that is up
    ip("link set dev xenbr0 name eth0");
    ip("link set dev eth0 up");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "eth0");
}

TEST_F(VifBridge, V19_an_ethN_that_is_a_nic_is_no_bridge) {
    make_netdev("eth1", "wire1");
    write(backend + "/bridge", "xenbr1");
    const std::string before = link_picture();
    expect_refused(online(), "bridge='xenbr1': there is no such bridge here, nor a bridge eth1");
    EXPECT_EQ(link_picture(), before);
}

TEST_F(VifBridge, V20_xenbrN_that_exists_is_meant) {
    ip("link add name eth0 type bridge");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V21_xenbr_without_a_number_may_be_eth) {
    ip("link add name eth type bridge");
    write(backend + "/bridge", "xenbr");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "eth");
}

TEST_F(VifBridge, V21_ethN_that_is_no_bridge_is_the_one_with_the_port_pethN) {
    make_netdev("peth0", "wire0");
    ip("link set dev peth0 master xenbr0");
    make_netdev("eth0", "vif0.0");
    ip("link set dev vif0.0 master xenbr0");
    write(backend + "/bridge", "eth0");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V22_a_netdev_that_is_no_bridge_is_refused_before_anything) {
    make_netdev("nic0", "wire0");
    write(backend + "/bridge", "nic0");
    const std::string before = link_picture();
    expect_refused(online(), "bridge='nic0': this interface is no bridge but of kind veth");
    EXPECT_EQ(link_picture(), before);
    EXPECT_EQ(read(frontend + "/mtu"), std::nullopt);
}

TEST_F(VifBridge, V23_a_vif_on_another_bridge_moves) {
    ip("link add name br9 type bridge");
    ip("link set dev vif1.0 master br9 up");
    const Result result = online();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("moved from br9 to xenbr0"), std::string::npos) << result.err;
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V24_offline_takes_it_off_whatever_bridge_it_is_on) {
    ip("link add name br9 type bridge");
    ip("link set dev vif1.0 master br9 up");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_FALSE(seen("vif1.0").up);
}

TEST_F(VifBridge, V25_a_bridge_that_is_down_stays_down) {
    ip("link set dev xenbr0 down");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
    EXPECT_FALSE(seen("xenbr0").up);
}

TEST_F(VifBridge, V26_the_bridges_mac_never_changes) {
    ip("link delete dev xenbr0"); // one whose MAC follows its ports', as network scripts make it
    ip("link add name xenbr0 type bridge");
    make_netdev("nic0", "wire0");
    ip("link set dev nic0 address 10:00:00:00:00:01");
    ip("link set dev nic0 master xenbr0 up");
    ip("link set dev xenbr0 up");
    ASSERT_EQ(seen("xenbr0").mac, "10:00:00:00:00:01");
    ip("link set dev vif1.0 address 02:00:00:00:00:01");
    for (const std::string& line : watch("xenbr0", [&] { EXPECT_EQ(online().status, 0); }))
        EXPECT_NE(line.find("link/ether 10:00:00:00:00:01"), std::string::npos) << line;
    expect_placed("vif1.0", "xenbr0");
    EXPECT_EQ(seen("xenbr0").mac, "10:00:00:00:00:01");
}

TEST_F(VifBridge, V27_a_vif_that_keeps_its_mac_is_placed_all_the_same) {
    ip("link delete dev vif1.0");
    const Result made = run(split("ip link add name vif1.0 type ifb")); // has a MAC address for ever
    if (made.status != 0)
        GTEST_SKIP() << "this kernel has no ifb: " << made.err;
    const std::string mac = seen("vif1.0").mac;
    const Result result = online();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(
        result.err.find("set the MAC address of vif1.0 to fe:ff:ff:ff:ff:ff: Operation not supported, continuing"),
        std::string::npos)
        << result.err;
    EXPECT_EQ(seen("vif1.0").master, "xenbr0");
    EXPECT_TRUE(seen("vif1.0").up);
    EXPECT_EQ(seen("vif1.0").mac, mac);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifBridge, V28_addresses_go_and_none_comes_back) {
    ip("address add 192.0.2.1/24 dev vif1.0");
    ip("address add 2001:db8::1/64 dev vif1.0 nodad");
    ip("link set dev vif1.0 up");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V29_an_absolute_path_works) {
    Variables environment = libxl(1, 0);
    environment["XENBUS_PATH"] = backend;
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, V38_an_empty_status_is_overwritten_and_an_absent_one_written) {
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
    remove(backend + "/hotplug-status");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifBridge, V34_V36_without_type_if_and_in_any_order) {
    EXPECT_EQ(call({"online"}).status, 0);
    expect_placed("vif1.0", "xenbr0");
    ASSERT_EQ(offline().status, 0);
    EXPECT_EQ(call({"type_if=vif", "online"}).status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, SuccessRemovesAnOldError) {
    write(backend + "/bridge", "nosuch");
    ASSERT_EQ(online().status, 1);
    write(backend + "/bridge", "xenbr0");
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, OnlineWithoutABackendCreatesNothing) {
    remove("/local/domain/0/backend/vif/1");
    const std::string before = store_picture();
    const Result result = online();
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("XENBUS_PATH='backend/vif/1/0': there is no such backend in xenstore"), std::string::npos)
        << result.err;
    EXPECT_EQ(store_picture(), before);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(VifBridge, DryRunPrintsOneLineAStepAndChangesNothing) {
    ip("link set dev vif1.0 address 02:00:00:00:00:01");
    const std::string links = link_picture();
    const std::string store = store_picture();
    const Result option = call({"--dry-run", "online", "type_if=vif"});
    EXPECT_EQ(option.status, 0);
    EXPECT_EQ(option.out, "stop IPv6 on vif1.0\n"
                          "set the MAC address of vif1.0 to fe:ff:ff:ff:ff:ff\n"
                          "add vif1.0 to bridge xenbr0\n"
                          "set vif1.0 up\n"
                          "write /local/domain/1/device/vif/0/mtu = 1500\n"
                          "write backend/vif/1/0/hotplug-status = connected\n");
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_DRY_RUN"] = "1";
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).out, option.out);
    EXPECT_EQ(link_picture(), links);
    EXPECT_EQ(store_picture(), store);
    EXPECT_EQ(run({"ls", rundir}).status, 2); // not even the run directory

    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(call({"--dry-run", "offline", "type_if=vif"}).out, "set vif1.0 down\nremove vif1.0 from xenbr0\n");
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VifBridge, DryRunRefusesWithoutWriting) {
    write(backend + "/bridge", "nosuch");
    const std::string store = store_picture();
    const Result result = call({"--dry-run", "online"});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("bridge='nosuch'"), std::string::npos);
    EXPECT_EQ(store_picture(), store);
}

TEST_F(VifBridge, AFullBridgeSaysSo) {
    constexpr int ports = 1023;
    std::string batch;
    for (int i = 0; i < ports / 2 + 1; ++i)
        batch += "link add a" + std::to_string(i) + " type veth peer name b" + std::to_string(i) + "\n" + "link set a" +
                 std::to_string(i) + " master xenbr0\n" +
                 (i < ports / 2 ? "link set b" + std::to_string(i) + " master xenbr0\n" : "");
    must({"/bin/sh", "-c", "printf '%s' \"$BATCH\" >/run/batch && exec /sbin/ip -batch /run/batch"},
         {{"BATCH", batch}});
    const std::string before = link_picture();
    const Result result = online();
    EXPECT_EQ(result.status, 1);
    const std::string error = read(backend + "/hotplug-error").value_or("");
    EXPECT_EQ(
        error.find("vif1.0: add vif1.0 to bridge xenbr0: Exchange full: a bridge takes 1023 ports, and xenbr0 has "
                   "them; undone: "),
        0u)
        << error;
    EXPECT_NE(error.find("; left: nothing"), std::string::npos) << error;
    EXPECT_EQ(link_picture(), before);
}

TEST_F(VifBridge, SaysWhenAFilterWillDropTheGuestsFrames) {
    const char* knob = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if (access(knob, W_OK) != 0)
        GTEST_SKIP() << "this kernel has no br_netfilter";
    must({"/bin/sh", "-c", std::string("echo 1 >") + knob});
    EXPECT_EQ(online().err.find("FORWARD"), std::string::npos);
    must(split("nft add table ip filter"));
    must({"nft", "add chain ip filter FORWARD { type filter hook forward priority 0; policy accept; }"});
    EXPECT_EQ(online().err.find("FORWARD"), std::string::npos);
    must({"nft", "add chain ip filter FORWARD { policy drop; }"});
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("vif1.0: the guest's frames pass through nft chain ip filter FORWARD"), std::string::npos)
        << result.err;
    must({"/bin/sh", "-c", std::string("echo 0 >") + knob});
    EXPECT_EQ(online().err.find("FORWARD"), std::string::npos);
    ip("link set dev xenbr0 type bridge nf_call_iptables 1"); // for this bridge alone
    EXPECT_NE(online().err.find("FORWARD"), std::string::npos);
}

TEST_F(VifBridge, SaysWhenTheLegacyTablesWillDropTheGuestsFrames) {
    const char* knob = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if (access(knob, W_OK) != 0)
        GTEST_SKIP() << "this kernel has no br_netfilter";
    must({"/bin/sh", "-c", std::string("echo 1 >") + knob});
    const Result made = run(split("iptables-legacy -P FORWARD DROP"));
    if (made.status != 0)
        GTEST_SKIP() << "this kernel has no legacy iptables: " << made.err;
    EXPECT_NE(online().err.find("pass through iptables FORWARD"), std::string::npos);
    must(split("iptables-legacy -P FORWARD ACCEPT"));
    EXPECT_EQ(online().err.find("FORWARD"), std::string::npos);
}

TEST_F(VifBridge, HelpAndVersionNeedNothing) {
    for (const char* option : {"--help", "--version"}) {
        const Result result = call({option}, {});
        EXPECT_EQ(result.status, 0);
        EXPECT_NE(result.out.find("vif-bridge"), std::string::npos);
        EXPECT_EQ(result.err, "");
    }
}

} // namespace
} // namespace vifplug::test
