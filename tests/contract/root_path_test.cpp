// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Where the root file system comes from: on texts that are mounted over those of /proc, and a small /sys of our own.
#include "system/root_path.hpp"

#include "core/error.hpp"
#include "support/command.hpp"
#include "system/netlink_links.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/mount.h>

namespace vifplug {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::split;

/// Another text in the place of a file, for as long as it lives.
class InPlaceOf {
  public:
    InPlaceOf(std::string path, const std::string& text) : path_(std::move(path)) {
        const std::string other = "/run/other";
        std::ofstream(other) << text;
        mounted_ = mount(other.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0;
        fs::remove(other);
    }
    InPlaceOf(const InPlaceOf&) = delete;
    InPlaceOf& operator=(const InPlaceOf&) = delete;
    ~InPlaceOf() {
        if (mounted_)
            (void)umount(path_.c_str());
    }

    bool worked() const { return mounted_; }

  private:
    std::string path_;
    bool mounted_ = false;
};

class NetworkRootOfMachine : public testing::Test {
  protected:
    void SetUp() override { fs::create_directories(sys_ / "dev/block"); }
    void TearDown() override { fs::remove_all(sys_); }

    /// The answer for a machine with this line for "/" in its mountinfo, and this command line.
    std::string answer(const std::string& mount, const std::string& command_line) const {
        const InPlaceOf mounts("/proc/self/mountinfo", "28 1 " + mount + "\n");
        const InPlaceOf arguments("/proc/cmdline", command_line + "\n");
        if (!mounts.worked() || !arguments.worked())
            return "nothing can be mounted over /proc here";
        const auto root = network_root(sys_);
        if (!root)
            return "local";
        std::string text = root->protocol;
        for (const std::string& server : root->servers)
            text += " " + server;
        return text;
    }

    std::string answer_for_disk() const { return answer("250:7 / / rw - ext4 /dev/no-such-disk rw", ""); }

    void file(const std::string& path, const std::string& text) const {
        fs::create_directories((sys_ / path).parent_path());
        std::ofstream(sys_ / path) << text << "\n";
    }
    void directory(const std::string& path) const { fs::create_directories(sys_ / path); }
    void link(const std::string& path, const std::string& to) const {
        fs::create_directories((sys_ / path).parent_path());
        fs::create_symlink(sys_ / to, sys_ / path);
    }
    void root_is(const std::string& device) const { link("dev/block/250:7", device); }

    void iscsi_disk(const std::string& disk, const std::string& session, const std::string& address) const {
        directory("devices/platform/host2/session" + session + "/target2:0:0/2:0:0:0/block/" + disk);
        file("class/iscsi_connection/connection" + session + ":0/address", address);
        file("class/iscsi_connection/connection" + session + ":0/persistent_address", "192.0.2.99");
    }
    static std::string path_of(const std::string& disk, const std::string& session) {
        return "devices/platform/host2/session" + session + "/target2:0:0/2:0:0:0/block/" + disk;
    }

    fs::path sys_ = "/run/sys";
};

TEST_F(NetworkRootOfMachine, TheMountIsAskedFirst) {
    EXPECT_EQ(answer("0:41 / / rw - nfs4 files:/srv rw,addr=192.0.2.1", "root=nfs:192.0.2.2:/srv"), "NFS 192.0.2.1");
}

TEST_F(NetworkRootOfMachine, ALocalDiskIsLocalWhateverTheCommandLineSays) {
    directory("devices/pci0/host0/target0:0:0/0:0:0:0/block/sda");
    root_is("devices/pci0/host0/target0:0:0/0:0:0:0/block/sda");
    EXPECT_EQ(answer("250:7 / / rw - ext4 /dev/no-such-disk rw", "root=/dev/sda nfsroot=192.0.2.1:/srv"), "local");
}

TEST_F(NetworkRootOfMachine, TheCommandLineIsAskedWhereNeitherCanSay) {
    EXPECT_EQ(answer("0:41 / / rw - overlay overlay rw", "boot=live nfsroot=192.0.2.1:/srv"), "NFS 192.0.2.1");
    EXPECT_EQ(answer("0:41 / / rw - overlay overlay rw", "boot=live"), "local");
}

TEST_F(NetworkRootOfMachine, APartitionOfAnIscsiDiskIsOnItsServer) {
    iscsi_disk("sdb", "3", "192.0.2.1");
    iscsi_disk("sdc", "31", "192.0.2.2");
    file(path_of("sdb", "3") + "/sdb1/partition", "1");
    root_is(path_of("sdb", "3") + "/sdb1");
    EXPECT_EQ(answer_for_disk(), "iSCSI 192.0.2.1");
}

TEST_F(NetworkRootOfMachine, LvmOnMultipathIsOnEachServer) {
    iscsi_disk("sdb", "3", "192.0.2.1");
    iscsi_disk("sdc", "4", "2001:db8::1");
    link("devices/virtual/block/dm-1/slaves/dm-0", "devices/virtual/block/dm-0");
    link("devices/virtual/block/dm-0/slaves/sdb", path_of("sdb", "3"));
    link("devices/virtual/block/dm-0/slaves/sdc", path_of("sdc", "4"));
    root_is("devices/virtual/block/dm-1");
    const std::string found = answer_for_disk();
    EXPECT_TRUE(found == "iSCSI 192.0.2.1 2001:db8::1" || found == "iSCSI 2001:db8::1 192.0.2.1") << found;
}

TEST_F(NetworkRootOfMachine, ARaidWithOnePartOnTheNetworkIsOnTheNetwork) {
    iscsi_disk("sdb", "3", "192.0.2.1");
    directory("devices/pci0/block/sda");
    link("devices/virtual/block/md0/slaves/sdb", path_of("sdb", "3"));
    link("devices/virtual/block/md0/slaves/sda", "devices/pci0/block/sda");
    file("devices/virtual/block/md0/md0p1/partition", "1");
    root_is("devices/virtual/block/md0/md0p1");
    EXPECT_EQ(answer_for_disk(), "iSCSI 192.0.2.1");
}

TEST_F(NetworkRootOfMachine, ALostConnectionHasTheAddressItWasConfiguredWith) {
    iscsi_disk("sdb", "3", "<NULL>");
    root_is(path_of("sdb", "3"));
    EXPECT_EQ(answer_for_disk(), "iSCSI 192.0.2.99");
}

TEST_F(NetworkRootOfMachine, OneUnknownServerMakesAllUnknown) {
    iscsi_disk("sdb", "3", "192.0.2.1");
    directory(path_of("sdc", "4"));
    link("devices/virtual/block/dm-0/slaves/sdb", path_of("sdb", "3"));
    link("devices/virtual/block/dm-0/slaves/sdc", path_of("sdc", "4"));
    root_is("devices/virtual/block/dm-0");
    EXPECT_EQ(answer_for_disk(), "iSCSI");
}

TEST_F(NetworkRootOfMachine, NvmeOverTcpIsOnItsControllersServers) {
    const std::string subsystem = "devices/virtual/nvme-subsystem/nvme-subsys0";
    directory(subsystem + "/nvme0n1");
    file("devices/virtual/nvme-fabrics/ctl/nvme0/transport", "tcp");
    file("devices/virtual/nvme-fabrics/ctl/nvme0/address", "traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.7");
    link(subsystem + "/nvme0", "devices/virtual/nvme-fabrics/ctl/nvme0");
    root_is(subsystem + "/nvme0n1");
    EXPECT_EQ(answer_for_disk(), "NVMe 192.0.2.1");
}

TEST_F(NetworkRootOfMachine, NvmeInThisMachineIsLocal) {
    file("devices/pci0/nvme/nvme0/transport", "pcie");
    file("devices/pci0/nvme/nvme0/nvme0n1/nvme0n1p2/partition", "2");
    root_is("devices/pci0/nvme/nvme0/nvme0n1/nvme0n1p2");
    EXPECT_EQ(answer_for_disk(), "local");
}

TEST_F(NetworkRootOfMachine, NetworkDisksThatNameNoServerAreOnTheNetwork) {
    for (const auto& [disk, expected] : {std::pair("nbd0", "NBD"), std::pair("rbd0", "Ceph"),
                                         std::pair("etherd!e0.0", "ATA over Ethernet"), std::pair("vda", "local")}) {
        directory(std::string("devices/virtual/block/") + disk);
        root_is(std::string("devices/virtual/block/") + disk);
        EXPECT_EQ(answer_for_disk(), expected);
        fs::remove(sys_ / "dev/block/250:7");
    }
}

TEST_F(NetworkRootOfMachine, DevicesThatNameEachOtherComeToAnEnd) {
    directory("devices/virtual/block/dm-0/slaves");
    directory("devices/virtual/block/dm-1/slaves");
    link("devices/virtual/block/dm-0/slaves/dm-1", "devices/virtual/block/dm-1");
    link("devices/virtual/block/dm-1/slaves/dm-0", "devices/virtual/block/dm-0");
    root_is("devices/virtual/block/dm-0");
    EXPECT_EQ(answer_for_disk(), "local");
}

class RouteDevices : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : {"eth0", "eth1"}) {
            must(split(std::string("ip link add name ") + name + " type veth peer name far-" + name));
            must(split(std::string("ip link set dev ") + name + " up"));
            must(split(std::string("ip link set dev far-") + name + " up"));
        }
        must(split("ip address add 192.0.2.7/24 dev eth0"));
        must(split("ip address add 198.51.100.7/24 dev eth1"));
        must(split("ip address add 2001:db8::7/64 dev eth1 nodad"));
    }
    void TearDown() override {
        (void)test::run(split("ip link delete eth0"));
        (void)test::run(split("ip link delete eth1"));
        (void)test::run(split("ip route flush root 203.0.113.0/24")); // those that have no device
    }

    /// The names of the devices, in the order given.
    static std::string to(const std::string& address) {
        std::string names;
        for (const IfIndex device : route_devices(address))
            names += (names.empty() ? "" : " ") + NetlinkLinks().find(device).value().name;
        return names;
    }
};

TEST_F(RouteDevices, AreWhereTheKernelSends) {
    EXPECT_EQ(to("192.0.2.1"), "eth0");
    EXPECT_EQ(to("198.51.100.1"), "eth1");
    EXPECT_EQ(to("2001:db8::1"), "eth1");
    must(split("ip route add default via 192.0.2.254"));
    EXPECT_EQ(to("203.0.113.1"), "eth0");
}

TEST_F(RouteDevices, AreNoneWithoutARoute) {
    EXPECT_EQ(to("203.0.113.1"), "");
    EXPECT_EQ(to("2001:db8:1::1"), "");
    must(split("ip route add blackhole 203.0.113.0/25"));
    must(split("ip route add prohibit 203.0.113.128/25"));
    EXPECT_EQ(to("203.0.113.1"), "");
    EXPECT_EQ(to("203.0.113.129"), "");
}

TEST_F(RouteDevices, AreAllOfARouteWithSeveral) {
    must(split("ip route add default nexthop via 192.0.2.254 nexthop via 198.51.100.254"));
    EXPECT_EQ(to("203.0.113.1"), "eth0 eth1");
}

TEST_F(RouteDevices, AScopeIsTheDevice) {
    EXPECT_EQ(to("fe80::1%eth1"), "eth1");
    EXPECT_EQ(to("fe80::1%nosuch"), "");
}

TEST_F(RouteDevices, ANameIsNoAddress) {
    EXPECT_THROW((void)route_devices("files"), Error);
}

} // namespace
} // namespace vifplug
