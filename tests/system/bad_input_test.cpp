// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Calls that cannot be served: one sentence with the thing, the value and the rule, and nothing changed.
#include "system/vif_world.hpp"

namespace vifplug::test {
namespace {

using BadInput = VifWorld;

class Untouched : public VifWorld {
  protected:
    Untouched() : links_(link_picture()), store_(store_picture()) {}

    void expect_nothing_written(const Result& result, const std::string& reason) {
        EXPECT_EQ(result.status, 1);
        EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
        EXPECT_EQ(link_picture(), links_);
        EXPECT_EQ(store_picture(), store_);
    }

    std::string links_;
    std::string store_;
};

TEST_F(Untouched, V30_without_a_path) {
    for (const bool empty : {true, false}) {
        Variables environment = libxl(1, 0);
        environment.erase("XENBUS_PATH");
        if (empty)
            environment["XENBUS_PATH"] = "";
        expect_nothing_written(call({"online", "type_if=vif"}, environment), "XENBUS_PATH is not set");
    }
}

TEST_F(Untouched, V31_without_a_vif) {
    Variables environment = libxl(1, 0);
    environment.erase("vif");
    expect_nothing_written(call({"online", "type_if=vif"}, environment), "vif is not set");
}

TEST_F(Untouched, V32_with_an_unknown_command_or_none) {
    expect_nothing_written(call({"frob", "type_if=vif"}), "command='frob': one of online, offline, add, remove");
    expect_nothing_written(call({}), "no command given: one of online, offline, add, remove");
}

TEST_F(Untouched, V33_with_an_unknown_type_if) {
    expect_nothing_written(call({"online", "type_if=foo"}), "type_if='foo': vif or tap");
}

TEST_F(Untouched, WithAPathThatIsNoVifs) {
    Variables environment = libxl(1, 0);
    for (const char* path : {"backend/vbd/1/0", "/local/domain/0/backend/vif/1/0/", "backend/vif/1/../1/0",
                             "backend/vif/1/0;reboot", "backend/vif/-1/0", "\xff"}) {
        environment["XENBUS_PATH"] = path;
        for (const char* command : {"online", "offline"})
            expect_nothing_written(call({command, "type_if=vif"}, environment), "a vif's backend is");
    }
}

TEST_F(Untouched, WithAnUnknownOption) {
    expect_nothing_written(call({"--dry-run=yes", "online"}), "option='--dry-run=yes'");
}

TEST_F(BadInput, ATimeLimitThatIsNoneIsRefusedAndKeepsNothingUp) {
    ASSERT_EQ(online().status, 0);
    Variables environment = libxl(1, 0);
    for (const std::string limit : {"", "0", "26", "1s", "-1"}) {
        environment["VIFPLUG_TIMEOUT"] = limit;
        expect_refused(call({"online"}, environment),
                       "VIFPLUG_TIMEOUT='" + limit + "': a number of seconds from 1 to 25");
    }
    EXPECT_EQ(call({"offline"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(BadInput, V37_values_on_the_command_line_are_data) {
    EXPECT_EQ(call({"online", "type_if=vif", "x=$(touch /run/touched)", "y=`touch /run/touched`",
                    "bridge=;touch /run/touched"})
                  .status,
              0);
    EXPECT_EQ(run({"ls", "/run/touched"}).status, 2);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(BadInput, BridgesThatNoInterfaceCanBeAreRefusedByName) {
    const std::string before = link_picture();
    const std::string length = "an interface name has 1 to 15 bytes";
    const std::string characters =
        "an interface name has no white space, no control character and none of the characters / : %";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"my bridge", "bridge='my bridge': " + characters},
        {"a/b", "bridge='a/b': " + characters},
        {"a\nb", "bridge='a\\x0ab': " + characters},
        {"eth0:web",
         "bridge='eth0:web': in 'web', a term is V, V1-V2 or V+OFFSETxCOUNT, then u, or p behind a single V"},
        {"..", "bridge='..': an interface name is neither '.' nor '..'"},
        {std::string(200, 'a'), "bridge='" + std::string(64, 'a') + "...' (200 bytes): " + length},
        {"xen\xff\xfe", "bridge='xen\\xff\\xfe': an interface name is UTF-8 text"},
        {"$(reboot)", "bridge='$(reboot)': there is no such bridge here"},
        {"a;b|c&d", "bridge='a;b|c&d': there is no such bridge here"},
        {"-x", "bridge='-x': there is no such bridge here"}};
    for (const auto& [bridge, reason] : cases) {
        remove(backend + "/bridge"); // given by the caller, since the xenstore tools cannot write every byte
        expect_refused(call({"online", "type_if=vif", "bridge=" + bridge}), reason);
        EXPECT_EQ(link_picture(), before) << bridge;
        write(backend + "/hotplug-error", "");
    }
}

TEST_F(BadInput, L4_a_vlan_list_that_is_wrong_is_refused_and_nothing_changed) {
    const std::string before = link_picture();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"10/20", "vlan='10/20': one of several VLANs is the PVID, and has a p behind it"},
        {"10p/20p", "vlan='10p/20p': in '20p', there is another PVID, 10, and a port has one"},
        {"10p/10", "vlan='10p/10': in '10', VLAN 10 is there more than once"},
        {"4095", "vlan='4095': a VLAN is a number from 1 to 4094"},
        {"0", "vlan='0': a VLAN is a number from 1 to 4094"},
        {"20-10", "vlan='20-10': a range goes from the lower to the higher VLAN"},
        {"5p-7", "vlan='5p-7': a term is V, V1-V2 or V+OFFSETxCOUNT, then u, or p behind a single V"}};
    for (const auto& [value, reason] : cases) {
        write(backend + "/vlan", value);
        expect_refused(online(), reason);
        EXPECT_EQ(link_picture(), before) << value;
        write(backend + "/hotplug-error", "");
    }
    EXPECT_EQ(offline().status, 0);
}

/// Where the bridges of the kernel can filter, the sentence says how it is turned on.
std::string rule(const std::string& vlans) {
    if (run(split("ip link set dev xenbr0 type bridge vlan_filtering 0")).status == 0)
        return "vlan='" + vlans +
               "': bridge xenbr0 does not filter VLANs and would let all of them through; \"ip link set dev xenbr0 "
               "type bridge vlan_filtering 1\" turns that on";
    return "vlan='" + vlans +
           "': the bridges of this kernel cannot filter VLANs, and xenbr0 would let all of them through";
}

TEST_F(BadInput, L6_a_bridge_that_does_not_filter_takes_no_vif_with_vlans) {
    const std::string before = link_picture();
    write(backend + "/vlan", "10");
    expect_refused(online(), rule("10p"));
    EXPECT_EQ(link_picture(), before);
    write(backend + "/vlan", "");
    write(backend + "/bridge", "xenbr0:20:30");
    write(backend + "/hotplug-error", "");
    expect_refused(online(), rule("20/30"));
    EXPECT_EQ(link_picture(), before);
}

TEST_F(BadInput, L6_a_vif_that_is_up_there_already_is_set_down) {
    ASSERT_EQ(online().status, 0);
    write(backend + "/vlan", "10");
    expect_refused(online(), rule("10p") + "; vif1.0 is set down");
    EXPECT_FALSE(seen("vif1.0").up);
}

TEST_F(BadInput, AnAddressThatIsNoneIsAWarning) {
    write(backend + "/ip", "192.0.2.1 nonsense *");
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("vif1.0: ip='nonsense': an IPv4 or IPv6 address"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("vif1.0: ip='*':"), std::string::npos) << result.err;
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(BadInput, TheNetdevOfAnotherVifIsRefused) {
    make_vif(2, 0);
    const std::string before = link_picture();
    Variables environment = libxl(1, 0);
    environment["vif"] = "vif2.0";
    expect_refused(call({"online", "type_if=vif"}, environment), "vif='vif2.0': not the netdev of backend/vif/1/0");
    environment["vif"] = std::string(200, 'v');
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 1);
    EXPECT_EQ(link_picture(), before);
}

TEST_F(BadInput, OnTheWayDownABadNameInTheStoreDoesNotKeepAnythingUp) {
    ASSERT_EQ(online().status, 0);
    write(backend + "/vifname", "sixteen-bytes-xx");
    const std::string before = store_picture();
    const Result result = offline();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("vifname='sixteen-bytes-xx'"), std::string::npos) << result.err;
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_EQ(store_picture(), before);
}

TEST_F(BadInput, V42_without_a_log_directory) {
    must({"mount", "-t", "tmpfs", "tmpfs", "/var/log"});
    EXPECT_EQ(online().status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(BadInput, V43_without_a_syslog) {
    ASSERT_EQ(run({"/bin/sh", "-c", "test -S /dev/log"}).status, 1) << "the sandbox has a /dev/log";
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "vif-bridge: vif1.0: added to xenbr0, MTU 1500\n");
}

TEST_F(BadInput, V44_with_an_empty_path_and_a_hostile_shell_environment) {
    must({"/bin/sh", "-c", "echo 'echo evil >/run/evil-ran' >/run/evil"});
    Variables environment = libxl(1, 0);
    environment["PATH"] = "";
    environment["BASH_ENV"] = "/run/evil";
    environment["ENV"] = "/run/evil";
    environment["LC_ALL"] = "nosuch";
    environment["IFS"] = "x";
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(run({"ls", "/run/evil-ran"}).status, 2);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(BadInput, WithoutARunDirectoryToWriteTo) {
    must({"/bin/sh", "-c", ": >/run/file"});
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_RUNDIR"] = "/run/file/below";
    const Result result = call({"online", "type_if=vif"}, environment);
    expect_refused(result, "make the directory /run/file/below: Not a directory");
    EXPECT_EQ(call({"offline", "type_if=vif"}, environment).status, 0);
}

} // namespace
} // namespace vifplug::test
