// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a dry run says of things that stay with a NIC; each is made here on the kernel, and looked for.
#include "system/attachments.hpp"

#include "support/command.hpp"
#include "system/netlink_links.hpp"
#include "system/netlink_socket.hpp"
#include "system/unique_fd.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vifplug {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::split;
using Lines = std::vector<std::string>;

class Attachments : public testing::Test {
  protected:
    void SetUp() override {
        must(split("ip link add name eth0 type veth peer name far0"));
        must(split("ip link set dev eth0 up"));
        must(split("ip link set dev lo up"));
    }
    void TearDown() override { (void)test::run(split("ip link delete eth0")); }

    static Netdev eth0() { return netdev_of(NetlinkLinks().find("eth0").value()); }
    static Lines lines() { return attachments_of(eth0()); }

    /// This program, as the lines name it.
    static std::string us() {
        std::ifstream comm("/proc/self/comm");
        std::string name;
        std::getline(comm, name);
        return name + " (pid " + std::to_string(getpid()) + ")";
    }

    /// A socket bound to a device and a port, listening if it is of TCP.
    static UniqueFd bound(int family, int type, const std::string& device, std::uint16_t port) {
        UniqueFd made(socket(family, type | SOCK_CLOEXEC, 0));
        EXPECT_EQ(
            setsockopt(made.get(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), static_cast<socklen_t>(device.size())),
            0);
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        const bool is_v6 = family == AF_INET6;
        EXPECT_EQ(bind(made.get(), is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4),
                       is_v6 ? sizeof v6 : sizeof v4),
                  0);
        EXPECT_TRUE(type != SOCK_STREAM || listen(made.get(), 1) == 0);
        return made;
    }

    static UniqueFd packet_socket(const std::string& device, int ether_type) {
        UniqueFd made(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(static_cast<std::uint16_t>(ether_type))));
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(static_cast<std::uint16_t>(ether_type));
        address.sll_ifindex = NetlinkLinks().find(device).value().index.number();
        EXPECT_EQ(bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return made;
    }
};

TEST_F(Attachments, ANicAsTheKernelMakesItHasNone) {
    EXPECT_EQ(lines(), Lines());
}

TEST_F(Attachments, SocketsAreGivenWithTheirProgram) {
    const UniqueFd tcp = bound(AF_INET, SOCK_STREAM, "eth0", 2201);
    const UniqueFd tcp6 = bound(AF_INET6, SOCK_STREAM, "eth0", 2202);
    const UniqueFd udp = bound(AF_INET, SOCK_DGRAM, "eth0", 6801);
    const UniqueFd udp6 = bound(AF_INET6, SOCK_DGRAM, "eth0", 6802);
    const UniqueFd others = bound(AF_INET, SOCK_DGRAM, "lo", 6803);
    EXPECT_EQ(lines(), (Lines{us() + " has a TCP socket bound to eth0 (port 2201)",
                              us() + " has a TCP socket bound to eth0 (port 2202)",
                              us() + " has a UDP socket bound to eth0 (port 6801)",
                              us() + " has a UDP socket bound to eth0 (port 6802)"}));
}

TEST_F(Attachments, PacketSocketsAreGivenWithWhatTheyHear) {
    const UniqueFd dhcp = packet_socket("eth0", ETH_P_IP);
    const UniqueFd others = packet_socket("lo", ETH_P_ARP);
    EXPECT_EQ(lines(), Lines{us() + " has a packet socket on eth0 (EtherType 0x0800)"});
}

TEST_F(Attachments, RawSocketsAreGivenWhereTheKernelListsThem) {
    const UniqueFd raw(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
    ASSERT_EQ(setsockopt(raw.get(), SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4), 0);
    const Lines found = lines();
    if (found.empty())
        GTEST_SKIP() << "skipped: this kernel has no CONFIG_INET_RAW_DIAG";
    EXPECT_EQ(found, Lines{us() + " has a raw socket bound to eth0 (IP protocol 1)"});
}

TEST_F(Attachments, TheSameTwiceIsOneLine) {
    const UniqueFd first = packet_socket("eth0", ETH_P_IP);
    const UniqueFd second = packet_socket("eth0", ETH_P_IP);
    EXPECT_EQ(lines().size(), 1u);
}

TEST_F(Attachments, ASocketWithoutAProcessIsGivenAllTheSame) {
    // A descriptor that travels in a message is nobody's until it arrives.
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd sender(ends[0]);
    const UniqueFd receiver(ends[1]);
    {
        const UniqueFd packet = packet_socket("eth0", ETH_P_IP);
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        char byte = 0;
        iovec payload{&byte, 1};
        msghdr message{};
        message.msg_iov = &payload;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        const int descriptor = packet.get();
        std::copy_n(reinterpret_cast<const unsigned char*>(&descriptor), sizeof descriptor, CMSG_DATA(rights));
        ASSERT_EQ(sendmsg(sender.get(), &message, 0), 1);
    }
    EXPECT_EQ(lines(), Lines{"somebody who is not in /proc has a packet socket on eth0 (EtherType 0x0800)"});
}

TEST_F(Attachments, TrafficControlThatSomebodySetUpIsGiven) {
    if (test::run(split("tc qdisc add dev eth0 root tbf rate 1mbit burst 10k latency 10ms")).status != 0)
        GTEST_SKIP() << "skipped: this kernel has no sch_tbf";
    (void)test::run(split("tc qdisc add dev far0 root pfifo"));
    EXPECT_EQ(lines(), Lines{"tc queues what leaves by eth0 (tbf)"});
    must(split("tc qdisc add dev eth0 clsact"));
    EXPECT_EQ(lines(),
              (Lines{"tc queues what leaves by eth0 (tbf)", "tc filters what comes and goes on eth0 (clsact)"}));
    must(split("tc qdisc delete dev eth0 root"));
    must(split("tc qdisc delete dev eth0 clsact"));
    must(split("tc qdisc add dev eth0 ingress"));
    EXPECT_EQ(lines(), Lines{"tc filters what comes and goes on eth0 (ingress)"});
}

/// A program that lets every frame pass; none when the kernel does not let us load one.
UniqueFd load_xdp_program() {
    const std::array<bpf_insn, 2> program{
        {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
         {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}}};
    bpf_attr load{};
    load.prog_type = BPF_PROG_TYPE_XDP;
    load.insns = reinterpret_cast<std::uint64_t>(program.data());
    load.insn_cnt = program.size();
    load.license = reinterpret_cast<std::uint64_t>("LGPL");
    return UniqueFd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
}

void attach_xdp(const Netdev& nic, int program) {
    ifinfomsg header{};
    header.ifi_index = nic.index.number();
    NetlinkMessage message = make_request(RTM_SETLINK, 0, header);
    nlattr* nest = nla_nest_start(message.get(), IFLA_XDP);
    nla_put_s32(message.get(), IFLA_XDP_FD, program);
    nla_put_u32(message.get(), IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE);
    nla_nest_end(message.get(), nest);
    NetlinkSocket(NETLINK_ROUTE).change(std::move(message), "attach an XDP program");
}

TEST_F(Attachments, AnXdpProgramIsGiven) {
    const UniqueFd program = load_xdp_program();
    if (!program)
        GTEST_SKIP() << "skipped: this kernel does not let us load XDP programs";
    attach_xdp(eth0(), program.get());
    const Lines found = lines();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].starts_with("XDP handles what comes in by eth0 (program ")) << found[0];
    attach_xdp(eth0(), -1);
    EXPECT_EQ(lines(), Lines());
}

TEST_F(Attachments, NameServersOfTheLinkAreGiven) {
    const fs::path directory = "/run/systemd/resolve/netif";
    const auto write = [&](const std::string& text) {
        fs::create_directories(directory);
        std::ofstream(directory / std::to_string(eth0().index.number())) << text;
    };
    write("# This is private data. Do not parse.\nLLMNR=yes\nSERVERS=192.0.2.53 2001:db8::53\nDOMAINS=example.org\n");
    EXPECT_EQ(lines(), Lines{"systemd-resolved asks DNS servers through eth0 (192.0.2.53, 2001:db8::53)"});
    write("LLMNR=yes\nDOMAINS=example.org\n");
    EXPECT_EQ(lines(), Lines());
    write("SERVERS=\n");
    EXPECT_EQ(lines(), Lines());
    fs::remove_all(directory);
}

TEST_F(Attachments, ANicThatIsGoneIsSaidToBeUnknown) {
    const Netdev nic = eth0();
    must(split("ip link delete eth0"));
    EXPECT_EQ(attachments_of(nic), Lines{"not known for eth0: look for XDP programs: No such device"});
}

} // namespace
} // namespace vifplug
