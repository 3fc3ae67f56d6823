// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What network-bridge refuses before it touches anything, and what it takes back afterwards.
#include "support/eventually.hpp"
#include "system/uplink_world.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vifplug::test {
namespace {

constexpr std::chrono::seconds patience{20};

class NetworkBridgeSafety : public UplinkWorld {
  protected:
    /// Rules for what goes through a bridge, as br_netfilter has them applied. False where the kernel lacks that.
    static bool filter_bridged(const std::string& rules) {
        for (const char* what : {"iptables", "ip6tables"}) {
            std::ofstream call(std::string("/proc/sys/net/bridge/bridge-nf-call-") + what);
            if (!(call << 1 << std::flush))
                return false;
        }
        nft(rules);
        return true;
    }

    static void nft(const std::string& rules) {
        const std::string file = "/run/rules.nft";
        std::ofstream(file) << rules;
        must({"nft", "-f", file});
    }
};

// --- refused before anything is touched -----------------------------------------------------------------------------

TEST_F(NetworkBridgeSafety, UnknownKeysWordsAndOptions) {
    const std::string before = picture();
    expect_refused(network_bridge("start netdve=eth0"), "netdve", before);
    expect_refused(network_bridge("start frob"), "frob", before);
    expect_refused(network_bridge("start --force"), "--force", before);
    expect_refused(network_bridge("start topology=ring"), "topology='ring': veth or bridge", before);
    expect_refused(network_bridge("start mtu=12"), "mtu='12'", before);
    expect_refused(network_bridge("start verify=soon"), "verify='soon'", before);
    expect_refused(network_bridge("start confirm=0"), "confirm='0'", before);
    expect_refused(network_bridge("start vifnum=-1"), "vifnum='-1'", before);
    expect_refused(network_bridge("start bridge=a/b"), "bridge='a/b'", before);
}

TEST_F(NetworkBridgeSafety, AMissingNic) {
    const std::string before = picture();
    expect_refused(network_bridge("start netdev=eth7"), "netdev='eth7': there is no such interface", before);
}

TEST_F(NetworkBridgeSafety, NamesThatWereAskedForAndAreTaken) {
    ip("link add name guests type veth peer name other");
    const std::string before = picture();
    expect_refused(network_bridge("start bridge=guests"),
                   "bridge='guests': an interface of that name is there and is no bridge", before);
    expect_refused(network_bridge("start bridge=eth0"), "bridge='eth0': that is the NIC itself", before);
}

TEST_F(NetworkBridgeSafety, ALoopbackInterface) {
    const std::string before = picture();
    expect_refused(network_bridge("start netdev=lo"), "netdev='lo': not an Ethernet interface", before);
}

TEST_F(NetworkBridgeSafety, AMacvlanOnTheNic) {
    if (run(split("ip link add link eth0 name mac0 type macvlan")).status != 0)
        GTEST_SKIP() << "this kernel has no macvlan";
    const std::string before = picture();
    expect_refused(network_bridge("start"), "netdev='eth0': mac0, a macvlan, sits on it", before);
}

TEST_F(NetworkBridgeSafety, ANexthopObjectThatCannotBeMadeAnew) {
    ip("nexthop add id 5 via 192.0.2.9 dev eth0");
    if (run(split("ip nexthop add id 7 group 5 type resilient buckets 4 idle_timer 10")).status != 0)
        GTEST_SKIP() << "this kernel has no resilient nexthop groups";
    const std::string before = picture();
    expect_refused(network_bridge("start"), "netdev='eth0': nexthop object 7", before);
}

/// A root in memory, as after a boot from the network, and the boot's arguments.
TEST_F(NetworkBridgeSafety, B29_a_root_file_system_that_comes_through_the_nic) {
    const std::string root = "/run/root";
    std::filesystem::create_directory(root);
    must({"mount", "-t", "tmpfs", "root", root});
    const std::filesystem::path programs = std::filesystem::path(program("network-bridge")).parent_path();
    for (const std::string& directory : {std::string("/usr"), std::string("/lib"), std::string("/lib64"),
                                         std::string("/proc"), std::string("/sys"), programs.string()}) {
        if (!std::filesystem::exists(directory))
            continue;
        std::filesystem::create_directories(root + directory);
        must({"mount", "--rbind", directory, root + directory});
    }
    std::ofstream("/run/cmdline") << "root=/dev/nfs nfsroot=192.0.2.1:/srv/root ip=dhcp\n";
    must({"mount", "--bind", "/run/cmdline", root + "/proc/cmdline"});
    const std::string before = picture();
    const Result result = run({"chroot", root, program("network-bridge"), "start"}, environment());
    expect_refused(result, "netdev='eth0': the root file system comes through it, from 192.0.2.1 (NFS)", before);
    make_nic("eth1", "198.51.100.1/24");
    EXPECT_EQ(run({"chroot", root, program("network-bridge"), "start", "netdev=eth1"}, environment()).status, 0)
        << "another NIC is free";
}

TEST_F(NetworkBridgeSafety, FilterRulesBoundToTheNicByNumber) {
    nft("table inet guard { chain input { type filter hook input priority 0; policy drop; "
        "iif \"lo\" accept; iif \"eth0\" tcp dport 22 accept; }; }");
    const std::string before = picture();
    const Result result = network_bridge("start");
    expect_refused(result, "chain input of table inet guard", before);
    EXPECT_NE(result.err.find("tcp dport 22"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("iifname"), std::string::npos) << result.err;
    EXPECT_EQ(network_bridge("start firewall=ignore verify=0").status, 0);
}

TEST_F(NetworkBridgeSafety, FilterRulesThatNameTheNicAreNoObstacle) {
    nft("table inet guard { chain input { type filter hook input priority 0; policy drop; "
        "iif \"lo\" accept; iifname \"eth0\" accept; }; }");
    start("");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, ARunDirectoryThatCannotBeWritten) {
    std::ofstream("/run/a-file") << "";
    const std::string before = picture();
    const Result result = run(split(program("network-bridge") + " start"), {{"VIFPLUG_RUNDIR", "/run/a-file/x"}});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("/run/a-file"), std::string::npos) << result.err;
    expect_untouched(before);
}

TEST_F(NetworkBridgeSafety, AJournalThatFillsTheDiskOnTheWayTakesEverythingBack) {
    make_a_rich_host();
    const std::string before = picture();
    int failed = 0;
    for (int blocks = 1; blocks < 64; ++blocks) { // of 512 bytes, as sh counts
        const Result result = run({"/bin/sh", "-c", "ulimit -f " + std::to_string(blocks) + "; exec \"$@\"", "sh",
                                   program("network-bridge"), "start"},
                                  environment());
        if (result.status == 0)
            break;
        ++failed;
        EXPECT_TRUE(reaches_the_gateway()) << blocks << " blocks: " << result.err;
        EXPECT_EQ(network_bridge("recover").status, 0);
        EXPECT_EQ(picture(), before) << blocks << " blocks";
    }
    EXPECT_GT(failed, 3);
    EXPECT_EQ(master_of("peth0"), "xenbr0") << "with room enough it is done";
}

TEST_F(NetworkBridgeSafety, ANicNamedTwiceByItsAltname) {
    ip("link property add dev eth0 altname alt0");
    const std::string before = picture();
    expect_refused(wrapper("start netdev=eth0,alt0"), "netdev='alt0': that is eth0", before);
}

TEST_F(NetworkBridgeSafety, AnMtuThatIpv6CannotLiveWith) {
    const std::string before = picture();
    expect_refused(network_bridge("start mtu=1000"), "mtu='1000': at least 1280", before);
}

TEST_F(NetworkBridgeSafety, ALostRecordDoesNotStackASecondBridge) {
    start("");
    const std::string before = picture();
    const Result result = run(split(program("network-bridge") + " start"), {{"VIFPLUG_RUNDIR", "/run/another"}});
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("eth0 is on a bridge through vif0.0 already"), std::string::npos) << result.err;
    EXPECT_EQ(picture(), before);
}

TEST_F(NetworkBridgeSafety, TheHostsNetdevUnderAnotherNameIsKnownByItsOtherEnd) {
    start("");
    if (run(split("ip link set dev eth0 name foo0")).status != 0)
        return; // a kernel before 6.2 renames nothing that is up, so nobody can have done that there
    EXPECT_EQ(network_bridge("status netdev=foo0").status, 1) << "broken: it has another name";
    EXPECT_EQ(network_bridge("start netdev=foo0").status, 0);
    EXPECT_TRUE(reaches_the_gateway());
    stop("");
    EXPECT_FALSE(exists("xenbr0"));
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, ANicOnAnotherBridgeByNowComesOffThat) {
    start("");
    ip("link add name br9 type bridge");
    ip("link set dev peth0 master br9");
    stop("");
    EXPECT_EQ(master_of("eth0"), "");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, AnInterfaceThatNoBridgeTakes) {
    if (run(split("ip tuntap add dev tun5 mode tun")).status != 0)
        GTEST_SKIP() << "no tun devices here";
    ip("link set dev tun5 up");
    const std::string before = picture();
    expect_refused(network_bridge("start netdev=tun5"), "netdev='tun5': not an Ethernet interface", before);
}

TEST_F(NetworkBridgeSafety, ADryRunListsWhatStaysWithTheNic) {
    const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(setsockopt(socket_fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5), 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    ASSERT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    const Result result = network_bridge("start --dry-run");
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.out.find("socket"), std::string::npos) << result.out;
    close(socket_fd);
}

// --- taken back -----------------------------------------------------------------------------------------------------

TEST_F(NetworkBridgeSafety, B21_a_gateway_that_falls_silent_takes_everything_back) {
    make_a_rich_host();
    if (!filter_bridged("table ip6 wall { chain forward { type filter hook forward priority 0; policy drop; }; }"))
        GTEST_SKIP() << "no br_netfilter here";
    const std::string before = picture();
    const Result result = network_bridge("start verify=1");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("reach gateway 2001:db8::1, which answered before"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("everything is as it was"), std::string::npos) << result.err;
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, AGatewayThatWasSilentBeforeIsNotWaitedFor) {
    ip("route add 10.70.0.0/16 via 192.0.2.99");
    start("verify=3600");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, WithoutVerifyNobodyIsAsked) {
    if (!filter_bridged("table ip6 wall { chain forward { type filter hook forward priority 0; policy drop; }; }"))
        GTEST_SKIP() << "no br_netfilter here";
    start("verify=0");
    EXPECT_EQ(master_of("peth0"), "xenbr0");
}

/// A connection on which this end goes on sending. What is on its way is paced by the kernel, out of a queue that lasts
/// for half a second, so that a thread that gets no time does not make it fall silent.
class Conversation {
  public:
    Conversation() {
        const int wire = open("/run/netns/wire", O_RDONLY | O_CLOEXEC);
        std::thread([&] {
            (void)setns(wire, CLONE_NEWNET);
            listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in here = address();
            (void)bind(listener_, reinterpret_cast<sockaddr*>(&here), sizeof here);
            (void)listen(listener_, 1);
        }).join();
        close(wire);
        sender_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        constexpr int queue = 200'000;
        constexpr unsigned bytes_per_second = 400'000;
        (void)setsockopt(sender_, SOL_SOCKET, SO_SNDBUF, &queue, sizeof queue);
        (void)setsockopt(sender_, SOL_SOCKET, SO_MAX_PACING_RATE, &bytes_per_second, sizeof bytes_per_second);
        sockaddr_in there = address();
        if (connect(sender_, reinterpret_cast<sockaddr*>(&there), sizeof there) != 0)
            throw std::runtime_error("no connection through the wire");
        receiver_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        drains_ = std::thread([this] {
            std::array<char, 4096> buffer{};
            while (read(receiver_, buffer.data(), buffer.size()) > 0) {
            }
        });
        sends_ = std::thread([this] {
            const std::array<char, 4096> bytes{};
            while (::send(sender_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
            }
        });
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    ~Conversation() {
        (void)shutdown(sender_, SHUT_RDWR);
        sends_.join();
        (void)shutdown(receiver_, SHUT_RDWR);
        drains_.join();
        for (const int descriptor : {sender_, receiver_, listener_})
            close(descriptor);
    }

  private:
    static sockaddr_in address() {
        sockaddr_in there{};
        there.sin_family = AF_INET;
        there.sin_port = htons(7777);
        (void)inet_pton(AF_INET, "192.0.2.1", &there.sin_addr);
        return there;
    }

    int listener_ = -1;
    int sender_ = -1;
    int receiver_ = -1;
    std::thread drains_;
    std::thread sends_;
};

TEST_F(NetworkBridgeSafety, ATcpPeerThatFallsSilentTakesEverythingBack) {
    if (!filter_bridged("table ip wall { chain forward { type filter hook forward priority 0; policy accept; "
                        "ip protocol tcp drop; }; }"))
        GTEST_SKIP() << "no br_netfilter here";
    const Conversation conversation;
    const std::string before = picture();
    const Result result = network_bridge("start verify=2");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("reach 192.0.2.1 port 7777"), std::string::npos) << result.err;
    expect_untouched(before);
}

TEST_F(NetworkBridgeSafety, AConversationSurvives) {
    const Conversation conversation;
    start("verify=5");
    stop();
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, OneOfSeveralThatFailsTakesTheOthersBack) {
    make_nic("eth1", "2001:db8:1::10/64");
    ip("-n wire address add 2001:db8:1::1/64 dev eth1 nodad");
    ip("-6 route add 2001:db8:71::/64 via 2001:db8:1::1 dev eth1");
    if (!filter_bridged("table ip6 wall { chain forward { type filter hook forward priority 0; policy accept; "
                        "iifname \"xenbr1\" drop; }; }"))
        GTEST_SKIP() << "no br_netfilter here";
    const std::string before = picture();
    const Result result = wrapper("start netdev=eth0,eth1 verify=1");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("2001:db8:1::1"), std::string::npos) << result.err;
    expect_untouched(before);
}

// --- confirm --------------------------------------------------------------------------------------------------------

TEST_F(NetworkBridgeSafety, WhatNobodyConfirmsIsTakenBack) {
    const std::string before = picture();
    const Result result = network_bridge("start confirm=1");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("network-bridge confirm"), std::string::npos) << result.err;
    EXPECT_TRUE(eventually([&] { return !exists("peth0") && !exists("xenbr0"); }, patience));
    EXPECT_EQ(network_bridge("recover").status, 0); // which waits for whoever is at work
    expect_untouched(before);
    EXPECT_EQ(network_bridge("confirm").status, 1) << "too late";
}

TEST_F(NetworkBridgeSafety, WhatIsConfirmedStays) {
    start("confirm=600");
    EXPECT_NE(network_bridge("status").out.find("confirm    within"), std::string::npos);
    EXPECT_EQ(network_bridge("confirm").status, 0);
    const auto nobody_waits = [] { return run({"pgrep", "-f", program("network-bridge")}).status != 0; };
    EXPECT_TRUE(eventually(nobody_waits, patience));
    EXPECT_EQ(master_of("peth0"), "xenbr0");
    EXPECT_EQ(network_bridge("status").out.find("confirm    within"), std::string::npos);
    EXPECT_EQ(network_bridge("confirm").status, 1) << "nothing waits for it";
}

TEST_F(NetworkBridgeSafety, WhatNobodyConfirmedIsTakenBackByTheNextCallWhenTheGuardIsGone) {
    const std::string before = picture();
    start("confirm=600");
    EXPECT_EQ(run({"pkill", "-KILL", "-f", program("network-bridge")}).status, 0);
    EXPECT_EQ(network_bridge("recover").status, 0);
    EXPECT_TRUE(exists("peth0")) << "there is time";
    let_confirmation_time_pass();
    EXPECT_EQ(network_bridge("recover").status, 0);
    expect_untouched(before);
}

TEST_F(NetworkBridgeSafety, ATerminalThatGoesAwayEndsNothing) {
    Running call(split(program("network-bridge") + " start"), environment());
    (void)kill(call.pid(), SIGHUP);
    (void)call.wait(); // too early it ends it, and nothing has begun
    const Result recovery = network_bridge("recover");
    EXPECT_EQ(recovery.status, 0) << recovery.err;
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_F(NetworkBridgeSafety, AJournalOfAnotherNamespaceIsNotOurs) {
    start("");
    const std::string before = picture();
    std::filesystem::create_directories(std::string(rundir) + "/network");
    std::ofstream(std::string(rundir) + "/network/journal") << R"({"namespace":"1","what":"start","parts":[]})"
                                                            << "\n";
    EXPECT_EQ(network_bridge("status").status, 0);
    EXPECT_EQ(network_bridge("start").status, 0);
    EXPECT_EQ(picture(), before);
}

TEST_F(NetworkBridgeSafety, ANicThatVanishedIsForgotten) {
    make_nic("eth1", "198.51.100.1/24");
    start("netdev=eth1");
    ip("link del peth1");
    EXPECT_EQ(network_bridge("status netdev=eth1").status, 1);
    const Result result = network_bridge("stop netdev=eth1");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("peth1 is gone"), std::string::npos) << result.err;
    EXPECT_FALSE(exists("xenbr1"));
    EXPECT_FALSE(exists("vif0.1"));
}

} // namespace
} // namespace vifplug::test
