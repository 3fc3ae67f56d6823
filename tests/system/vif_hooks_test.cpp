// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The admin's hooks in vif-post.d.
#include "system/vif_world.hpp"

#include <filesystem>
#include <fstream>

namespace vifplug::test {
namespace {

class VifHooks : public VifWorld {
  protected:
    VifHooks() { std::filesystem::create_directories(hook_directory); }

    void hook(const std::string& name, const std::string& text, bool executable = true) const {
        const std::filesystem::path path = std::filesystem::path(hook_directory) / name;
        std::ofstream(path) << text;
        if (executable)
            std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }

    std::string told() const {
        std::ifstream file("/run/told");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void forget() const { std::filesystem::remove("/run/told"); }
};

TEST_F(VifHooks, H1_a_hook_sees_the_call_after_the_vif_is_placed_and_before_it_is_announced) {
    write(backend + "/ip", "192.0.2.1 192.0.2.2");
    hook("50-x.hook", R"bash(
for name in command dev bridge ip type_if XENBUS_PATH vif script; do echo "$name=${!name}" >>/run/told; done
echo "1=$1 0=$0 dir=$dir" >>/run/told
echo "master=$(basename "$(readlink /sys/class/net/$dev/master)")" >>/run/told
echo "status=$(xenstore_read "$XENBUS_PATH/hotplug-status") x=$(xenstore_read_default "$XENBUS_PATH/nosuch" none)" >>/run/told
)bash");
    const Result result = online();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(told(), "command=online\ndev=vif1.0\nbridge=xenbr0\nip=192.0.2.1 192.0.2.2\ntype_if=vif\n"
                      "XENBUS_PATH=backend/vif/1/0\nvif=vif1.0\nscript=/etc/xen/scripts/vif-bridge\n"
                      "1=vif 0=/etc/xen/scripts/vif-bridge dir=/etc/xen/scripts\nmaster=xenbr0\nstatus= x=none\n");
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifHooks, H1_a_hook_runs_once_per_call_also_when_there_was_nothing_to_do) {
    hook("50-x.hook", "echo $command >>/run/told\n");
    ASSERT_EQ(online().status, 0);
    ASSERT_EQ(online().status, 0);
    ASSERT_EQ(offline().status, 0);
    EXPECT_EQ(told(), "online\nonline\noffline\n");
}

TEST_F(VifHooks, H1_offline_of_a_netdev_that_is_gone_runs_them_too) {
    hook("50-x.hook", "echo $command $dev $bridge >>/run/told\n");
    ip("link delete dev vif1.0");
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(told(), "offline vif1.0 xenbr0\n");
}

TEST_F(VifHooks, H1_a_hook_finds_what_the_call_carried) {
    write(backend + "/vifname", "web0");
    hook("50-x.hook", "echo \"$netdev $vifname $foo $XENBUS_BASE_PATH ${PATH_OF_MINE-unset}\" >>/run/told\n");
    Variables environment = libxl(1, 0);
    environment["netdev"] = "eth7";
    EXPECT_EQ(call({"online", "type_if=vif", "foo=$(id) bar", "dev=evil", "PATH=/run"}, environment).status, 0);
    EXPECT_EQ(told(), "eth7 web0 $(id) bar backend unset\n");
    forget();
    EXPECT_EQ(offline().status, 0);
    EXPECT_EQ(told(), " web0  backend unset\n");
}

TEST_F(VifHooks, H1_offline_tells_the_renamed_netdev_and_the_bridge_that_was_meant) {
    hook("50-x.hook", "echo $command $dev $bridge >>/run/told\n");
    write(backend + "/vifname", "web0");
    ip("link set dev xenbr0 down");      // before 6.2 the kernel renames no netdev that is up
    ip("link set dev xenbr0 name eth0"); // which xenbr0 then means
    ASSERT_EQ(online().status, 0);
    ASSERT_EQ(offline().status, 0);
    ip("link delete dev web0");
    ASSERT_EQ(offline().status, 0);
    EXPECT_EQ(told(), "online web0 eth0\noffline web0 eth0\noffline web0 eth0\n");
}

TEST_F(VifHooks, H1_hooks_are_sourced_in_a_function) {
    hook("50-x.hook", "local mine=1\necho \"$1 $2 ${f##*/}\" >>/run/told\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "vif post 50-x.hook\n");
}

TEST_F(VifHooks, H1_hooks_have_streams_and_signals_of_a_script_and_nothing_of_ours) {
    hook("50-x.hook",
         "readlink /proc/$$/fd/0 >>/run/told\n"
         "for f in /proc/$$/fd/*; do readlink $f; done | grep -cE 'lock|socket|netlink' >>/run/told || true\n"
         "echo $((0x$(sed -n 's/^SigIgn:\\s*//p' /proc/$$/status) & 0x1000)) >>/run/told\n"
         "exec 9>/run/mine; flock 9; exec 9>&-\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "/dev/null\n0\n0\n");
}

TEST_F(VifHooks, H1_hooks_run_however_many_descriptors_the_caller_has_open) {
    hook("50-x.hook", "echo ran >>/run/told\n");
    for (int last = 3; last <= 12; ++last) {
        std::string redirections;
        for (int descriptor = 3; descriptor <= last; ++descriptor)
            redirections += " " + std::to_string(descriptor) + "</dev/null";
        const Result result = run(
            {"/bin/bash", "-c", "exec" + redirections + "; exec " + program("vif-bridge") + " online"}, libxl(1, 0));
        EXPECT_EQ(result.status, 0) << redirections << result.err;
    }
    EXPECT_EQ(told(), "ran\nran\nran\nran\nran\nran\nran\nran\nran\nran\n");
}

TEST_F(VifHooks, H1_a_caller_that_ignores_its_children_changes_nothing) {
    hook("50-x.hook", "echo ran >>/run/told\n");
    EXPECT_EQ(run({"env", "--ignore-signal=CHLD", program("vif-bridge"), "online"}, libxl(1, 0)).status, 0);
    EXPECT_EQ(told(), "ran\n");
}

TEST_F(VifHooks, H2_what_is_no_executable_hook_is_ignored) {
    hook("50-x.hook", "echo ran >>/run/told\n", false);
    hook("50-x.sh", "echo ran >>/run/told\n");
    hook("hook", "echo ran >>/run/told\n");
    hook(".hidden.hook", "echo ran >>/run/told\n");
    std::filesystem::create_directories(hook_directory + "/directory.hook");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "");
    std::filesystem::remove_all(hook_directory);
    EXPECT_EQ(online().status, 0);
}

TEST_F(VifHooks, H3_a_hook_that_exits_with_a_status_is_the_status) {
    hook("50-x.hook", "exit 3\n");
    const Result result = online();
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0: hook " + hook_directory + "/50-x.hook: exit status 3");
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
    EXPECT_EQ(seen("vif1.0").master, "xenbr0");
    EXPECT_TRUE(seen("vif1.0").up);
}

TEST_F(VifHooks, H3_a_command_that_fails_ends_the_hooks) {
    hook("10-a.hook", "echo a >>/run/told\n(exit 7)\necho b >>/run/told\n");
    hook("20-b.hook", "echo c >>/run/told\n");
    EXPECT_EQ(online().status, 7);
    EXPECT_EQ(told(), "a\n");
    EXPECT_NE(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifHooks, H3_fatal_gives_the_reason) {
    hook("50-x.hook", "fatal \"no firewall for $dev\"\n");
    EXPECT_EQ(online().status, 1);
    EXPECT_EQ(read(backend + "/hotplug-error"),
              "vif1.0: hook " + hook_directory + "/50-x.hook: no firewall for vif1.0");
}

TEST_F(VifHooks, H3_a_command_that_must_not_fail_gives_its_name) {
    hook("50-x.hook", "do_or_die false --now\n");
    EXPECT_EQ(online().status, 1);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0: hook " + hook_directory + "/50-x.hook: false --now failed");
}

TEST_F(VifHooks, H3_a_failure_that_the_hook_deals_with_is_none) {
    hook("50-x.hook", "x=$(xenstore_read \"$XENBUS_PATH/nosuch\" 2>/dev/null) || x=default\necho $x >>/run/told\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "default\n");
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifHooks, H3_on_the_way_down_hooks_have_time_of_their_own) {
    ASSERT_EQ(online().status, 0);
    hook("50-x.hook", "echo ran >>/run/told\n");
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "5";
    const Result result =
        run({"/bin/bash", "-c",
             "exec 8>>" + rundir + "/vif1.0.lock; flock 8; " + program("vif-bridge") + " offline 8>&-; exit $?"},
            environment);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(told(), "ran\n");
}

TEST_F(VifHooks, H3_a_killed_hook_says_its_signal) {
    hook("50-x.hook", "kill -9 $$\n");
    EXPECT_EQ(online().status, 128 + 9);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0: hook " + hook_directory + "/50-x.hook: ended by signal 9");
}

TEST_F(VifHooks, H3_exit_with_0_ends_the_hooks_and_not_the_vif) {
    hook("10-a.hook", "exit 0\n");
    hook("20-b.hook", "echo b >>/run/told\n");
    const Result result = online();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("10-a.hook: called exit, so the hooks after it did not run"), std::string::npos)
        << result.err;
    EXPECT_EQ(told(), "");
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifHooks, H3_on_the_way_down_a_failing_hook_is_only_logged) {
    ASSERT_EQ(online().status, 0);
    hook("50-x.hook", "exit 3\n");
    const std::string before = store_picture();
    const Result result = offline();
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("exit status 3, continuing"), std::string::npos) << result.err;
    EXPECT_EQ(store_picture(), before);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(VifHooks, H4_in_the_order_of_a_glob_and_the_first_can_change_dev_for_the_second) {
    hook("3.hook", "echo third $dev >>/run/told\n");
    hook("20-b.hook", "echo second $dev >>/run/told\n");
    hook("10-a.hook", "echo first $dev >>/run/told\ndev=changed\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "first vif1.0\nsecond changed\nthird changed\n");
}

TEST_F(VifHooks, X4_a_hook_that_hangs_is_ended_with_what_it_started) {
    hook("50-x.hook", "echo $$ >/run/told\n/bin/tail -f /dev/null\n");
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "5"; // for the hook to start, too
    const Result result = call({"online", "type_if=vif"}, environment);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0: hook " + hook_directory + "/50-x.hook: did not end in time");
    EXPECT_EQ(run({"/bin/sh", "-c", "kill -0 $(cat /run/told) 2>/dev/null"}).status, 1);
}

TEST_F(VifHooks, ADaemonThatAHookStartsIsNotWaitedFor) {
    hook("50-x.hook", "/bin/tail -f /dev/null </dev/null >/dev/null 2>&1 &\n");
    Variables environment = libxl(1, 0);
    environment["VIFPLUG_TIMEOUT"] = "20";
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VifHooks, V44_hooks_find_nothing_of_a_hostile_environment) {
    std::ofstream("/run/evil") << "echo evil >>/run/told\n";
    hook("50-x.hook", "echo \"${BASH_ENV-unset} ${LD_PRELOAD-unset} ${IFS_TRAP-unset} $PATH\" >>/run/told\n"
                      "declare -F true >/dev/null && echo imported >>/run/told\n:\n");
    Variables environment = libxl(1, 0);
    environment["BASH_ENV"] = "/run/evil";
    environment["ENV"] = "/run/evil";
    environment["PATH"] = "/run";
    environment["IFS_TRAP"] = "x";
    environment["LD_PRELOAD"] = "/run/nosuch.so";
    environment["BASH_FUNC_true%%"] = "() { echo evil >>/run/told; }";
    environment["SHELLOPTS"] = "xtrace";
    EXPECT_EQ(call({"online", "type_if=vif"}, environment).status, 0);
    EXPECT_EQ(told(), "unset unset unset /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
}

TEST_F(VifHooks, ValuesOfTheStoreAreDataToThem) {
    write(backend + "/ip", "$(echo evil >>/run/told) `echo evil >>/run/told`; echo evil >>/run/told");
    hook("50-x.hook", "echo \"$ip\" >>/run/told2\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "");
}

TEST_F(VifHooks, DryRunNamesThemAndRunsNone) {
    hook("50-x.hook", "echo ran >>/run/told\n");
    const Result result = call({"--dry-run", "online"});
    EXPECT_NE(result.out.find("run " + hook_directory + "/50-x.hook\n"), std::string::npos) << result.out;
    EXPECT_EQ(told(), "");
}

TEST_F(VifHooks, TheScriptsLockCanBeTakenAndGivenBack) {
    hook("50-x.hook", "claim_lock iptables\n[ -e /var/run/xen-hotplug/iptables ] && echo held >>/run/told\n"
                      "claim_lock other\nrelease_lock iptables\n[ ! -e /var/run/xen-hotplug/iptables ]\n"
                      "flock -n /var/run/xen-hotplug/other true || echo other held >>/run/told\nrelease_lock other\n");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(told(), "held\nother held\n");
}

} // namespace
} // namespace vifplug::test
