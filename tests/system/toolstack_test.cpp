// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Called as the tool stacks call: libxl with a netback that reacts, udev and xend of old.
#include "support/eventually.hpp"
#include "support/silent_device.hpp"
#include "support/syslog.hpp"
#include "system/vif_world.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace vifplug::test {
namespace {

/// With the fake netback, which makes and removes the netdevs and drives the backends' state.
class Toolstack : public VifWorld {
  protected:
    Toolstack() : netback_({VIFPLUG_FAKE_NETBACK}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}}) {}

    /// Waits until the node has the value.
    void await(const std::string& path, const std::string& value) const {
        if (!eventually([&] { return read(path) == value; }))
            throw std::runtime_error(path + " is " + read(path).value_or("absent") + " and not " + value);
    }

    /// Netback frees the netdev only after it said Closed.
    void await_gone(const std::string& netdev) const {
        if (!eventually([&] { return !see(netdev); }))
            throw std::runtime_error(netdev + " did not go");
    }

    /// As libxl adds a device: the nodes, wait for InitWait, the script.
    Result attach(int domid, int devid = 0) {
        const std::string be = "/local/domain/0/backend/vif/" + std::to_string(domid) + "/" + std::to_string(devid);
        must({"xenstore-write", be + "/online", "1", be + "/bridge", "xenbr0", be + "/type", "vif", be + "/handle",
              std::to_string(devid), be + "/hotplug-status", "", be + "/state", "1"},
             {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
        await(be + "/state", "2");
        return online(domid, devid);
    }

    /// As libxl removes one: closing, wait for Closed, the script, the nodes.
    Result detach(int domid, int devid = 0) {
        const std::string be = "/local/domain/0/backend/vif/" + std::to_string(domid) + "/" + std::to_string(devid);
        must({"xenstore-write", be + "/online", "0", be + "/state", "5"}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
        await(be + "/state", "6");
        Result result = offline(domid, devid);
        must({"xenstore-rm", "-t", be}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
        return result;
    }

    Running netback_;
};

TEST_F(Toolstack, X1_netback_connects_once_the_script_is_done) {
    EXPECT_EQ(attach(3).status, 0);
    await("/local/domain/0/backend/vif/3/0/state", "4");
    EXPECT_EQ(seen("vif3.0").master, "xenbr0");
    EXPECT_EQ(detach(3).status, 0);
    EXPECT_EQ(read("/local/domain/0/backend/vif/3"), std::nullopt);
}

TEST_F(Toolstack, X3_a_failure_leaves_one_line_for_xl_to_print) {
    ip("link delete dev xenbr0");
    const Result result = attach(3);
    EXPECT_EQ(result.status, 1);
    const std::string reason = read("/local/domain/0/backend/vif/3/0/hotplug-error").value_or("");
    EXPECT_EQ(reason, "vif3.0: bridge='xenbr0': there is no such bridge here, nor a bridge eth0");
    EXPECT_EQ(read("/local/domain/0/backend/vif/3/0/state"), "2");
    EXPECT_EQ(detach(3).status, 0);
    await_gone("vif3.0");
}

TEST_F(Toolstack, X5_the_four_calls_of_an_emulated_nic) {
    ip("tuntap add mode tap name vif1.0-emu");
    const Variables environment = libxl_tap(1, 0); // libxl gives INTERFACE on every call
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(call({"add", "type_if=tap"}, environment).status, 0);
    expect_placed("vif1.0", "xenbr0");
    EXPECT_EQ(seen("vif1.0-emu").master, "xenbr0");
    ip("link delete dev vif1.0-emu"); // qemu is killed first
    EXPECT_EQ(call({"offline", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(call({"remove", "type_if=tap"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Toolstack, X10_a_soft_reset_with_the_same_domid) {
    write("/local/domain/0/backend/vif/3/0/vifname", "web0");
    ASSERT_EQ(attach(3).status, 0);
    EXPECT_EQ(seen("web0").master, "xenbr0");
    EXPECT_EQ(detach(3).status, 0);
    await_gone("web0");
    write("/local/domain/0/backend/vif/3/0/vifname", "web0");
    EXPECT_EQ(attach(3).status, 0);
    EXPECT_EQ(seen("web0").master, "xenbr0");
    await("/local/domain/0/backend/vif/3/0/state", "4");
}

TEST_F(Toolstack, X11_the_status_that_xend_waits_to_vanish_does_not_come_back) {
    ASSERT_EQ(online().status, 0);
    remove(backend + "/hotplug-status");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(read(backend + "/hotplug-status"), std::nullopt);
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(Toolstack, X6_with_closed_descriptors_and_another_working_directory) {
    for (const char* redirection : {"<&- >&2", "<&- >&- 2>&-", "</dev/null >&2"}) {
        const Result result =
            run({"/bin/sh", "-c", "cd / && exec " + program("vif-bridge") + " online type_if=vif " + redirection},
                libxl(1, 0));
        EXPECT_EQ(result.status, 0) << redirection << result.err;
        expect_placed("vif1.0", "xenbr0");
        ASSERT_EQ(offline().status, 0);
    }
}

TEST_F(Toolstack, X6_a_reader_of_stderr_that_went_away_fails_nothing) {
    const Result result = run({"/bin/bash", "-c",
                               "mkfifo /run/pipe; (exec 3</run/pipe) & exec 4>/run/pipe; wait; exec " +
                                   program("vif-bridge") + " online type_if=vif 2>&4"},
                              libxl(1, 0));
    EXPECT_EQ(result.status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Toolstack, X7_udevs_call_steps_back_where_libxl_runs_the_scripts) {
    Variables environment = libxl(1, 0);
    environment["UDEV_CALL"] = "1";
    write("/local/domain/0/libxl/disable_udev", "1");
    const std::string before = store_picture();
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "");
    EXPECT_EQ(store_picture(), before);
    remove("/local/domain/0/libxl/disable_udev");
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Toolstack, X8_vif_setup_honours_arguments_in_the_script) {
    ip("link add name br5 type bridge");
    remove(backend + "/bridge");
    Variables environment = libxl(1, 0);
    environment["script"] = program("vif-bridge") + " bridge=br5  note=$(touch</dev/null>/run/touched)";
    EXPECT_EQ(run({program("vif-setup"), "online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(seen("vif1.0").master, "br5");
    EXPECT_EQ(run({"ls", "/run/touched"}).status, 2);
}

TEST_F(Toolstack, X8_vif_setup_without_a_script_is_vif_bridge) {
    Variables environment = libxl(1, 0);
    environment.erase("script");
    EXPECT_EQ(run({program("vif-setup"), "online", "type_if=vif"}, environment).status, 0);
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Toolstack, X8_vif_setup_finds_a_bare_name_among_xens_scripts) {
    std::ofstream("/etc/xen/scripts/vif-mine") << "#!/bin/sh\necho \"$@\" >/run/told\nexit 5\n";
    std::filesystem::permissions("/etc/xen/scripts/vif-mine", std::filesystem::perms::owner_all);
    Variables environment = libxl(1, 0);
    environment["script"] = "vif-mine a=b";
    EXPECT_EQ(run({program("vif-setup"), "online", "type_if=vif"}, environment).status, 5);
    EXPECT_EQ(must({"cat", "/run/told"}), "a=b online type_if=vif\n");
}

TEST_F(Toolstack, X8_vif_setup_says_which_script_it_cannot_run) {
    Variables environment = libxl(1, 0);
    environment["script"] = "/no/such/script x=y";
    expect_refused(run({program("vif-setup"), "online", "type_if=vif"}, environment),
                   "run the script '/no/such/script': No such file or directory");
    const std::string before = store_picture();
    EXPECT_EQ(run({program("vif-setup"), "offline", "type_if=vif"}, environment).status, 1);
    EXPECT_EQ(store_picture(), before);
}

TEST_F(Toolstack, WithoutXenstoredItSaysSoAtOnce) {
    Variables environment = libxl(1, 0);
    environment["XENSTORED_RUNDIR"] = "/run/nosuch";
    const auto start = std::chrono::steady_clock::now();
    const Result result = call({"online", "type_if=vif"}, environment);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("connect to xenstored at /run/nosuch/socket: No such file or directory"),
              std::string::npos)
        << result.err;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Toolstack, WithoutXenstoredAVifStillComesDown) {
    ASSERT_EQ(online().status, 0);
    Variables environment = libxl(1, 0);
    environment["XENSTORED_RUNDIR"] = "/run/nosuch";
    EXPECT_EQ(call({"offline", "type_if=vif"}, environment).status, 1);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Toolstack, NorDoesTheKernelsDeviceKeepItUpWhenItGivesNoAnswer) {
    ASSERT_EQ(online().status, 0);
    const SilentDevice device;
    Variables environment = libxl(1, 0);
    environment["XENSTORED_RUNDIR"] = "/run/nosuch";
    const auto start = std::chrono::steady_clock::now();
    const Result result = call({"offline", "type_if=vif"}, environment);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("connect to xenstored at /run/nosuch/socket: No such file or directory"),
              std::string::npos)
        << result.err;
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Toolstack, X4_a_xenstored_that_does_not_answer_is_given_up) {
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "1";
    ASSERT_EQ(kill(xenstored_.pid(), SIGSTOP), 0);
    const auto start = std::chrono::steady_clock::now();
    const Result result = call({"online", "type_if=vif"}, environment);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    ASSERT_EQ(kill(xenstored_.pid(), SIGCONT), 0);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("in xenstore: Connection timed out"), std::string::npos) << result.err;
}

TEST_F(Toolstack, X4_a_caller_that_blocks_the_alarm_does_not_take_the_deadline_away) {
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "1";
    ASSERT_EQ(kill(xenstored_.pid(), SIGSTOP), 0);
    const Result result =
        run({"env", "--block-signal=ALRM", program("vif-bridge"), "online", "type_if=vif"}, environment);
    ASSERT_EQ(kill(xenstored_.pid(), SIGCONT), 0);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("Connection timed out"), std::string::npos) << result.err;
}

TEST_F(Toolstack, NothingIsMadeForAGuestThatIsGone) {
    remove("/local/domain/1");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(read("/local/domain/1"), std::nullopt);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(Toolstack, X8_vif_setup_does_not_run_itself) {
    Variables environment = libxl(1, 0);
    environment["script"] = program("vif-setup") + " again";
    expect_refused(run({program("vif-setup"), "online", "type_if=vif"}, environment),
                   "run the script '" + program("vif-setup") + "': Too many levels of symbolic links");
}

TEST_F(Toolstack, ASyslogThatNobodyReadsHoldsUpNoGuest) {
    Syslog syslog;
    syslog.fill();
    const auto start = std::chrono::steady_clock::now();
    const Result result = online();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15));
    EXPECT_EQ(result.status, 0) << result.err;
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Toolstack, EventsReachSyslog) {
    Syslog syslog;
    ASSERT_EQ(online().status, 0);
    write(backend + "/bridge", "nosuch");
    ASSERT_EQ(online().status, 1);
    const std::string info = syslog.next();
    EXPECT_EQ(info.find("<30>"), 0u) << info; // daemon.info
    EXPECT_NE(info.find("vif-bridge["), std::string::npos) << info;
    EXPECT_NE(info.find("]: vif1.0: added to xenbr0, MTU 1500"), std::string::npos) << info;
    const std::string error = syslog.next();
    EXPECT_EQ(error.find("<27>"), 0u) << error; // daemon.err
    EXPECT_NE(error.find("]: vif1.0: bridge='nosuch'"), std::string::npos) << error;
}

} // namespace
} // namespace vifplug::test
