// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/network_root.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using namespace std::string_literals;
using Servers = std::vector<std::string>;

/// "NFS 192.0.2.1", "NFS unknown" or "local".
std::string summary(const std::optional<NetworkRoot>& root) {
    if (!root)
        return "local";
    std::string text = root->protocol;
    for (const std::string& server : root->servers)
        text += " " + server;
    return root->servers.empty() ? text + " unknown" : text;
}

TEST(NetworkRoot, FindsWhatIsMountedOnTheRoot) {
    EXPECT_EQ(root_mount("22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
                         "28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
                         "35 28 0:31 / /run/lock rw - tmpfs tmpfs rw\n"),
              (RootMount{"ext4", "/dev/sda1", "rw,errors=remount-ro", "8:1"}));
    EXPECT_EQ(root_mount("28 1 0:41 / / rw - nfs 192.0.2.1:/srv/my\\040root\\134x rw,addr=192.0.2.1"),
              (RootMount{"nfs", "192.0.2.1:/srv/my root\\x", "rw,addr=192.0.2.1", "0:41"}));
    EXPECT_EQ(root_mount("28 1 0:41 / / rw shared:1 master:2 propagate_from:3 - btrfs /dev/sda2 rw\n"),
              (RootMount{"btrfs", "/dev/sda2", "rw", "0:41"}));
}

TEST(NetworkRoot, TheLastMountIsOnTop) {
    EXPECT_EQ(root_mount("1 1 0:2 / / rw - rootfs rootfs rw\n28 1 8:1 / / rw - ext4 /dev/sda1 rw\n")->type, "ext4");
}

TEST(NetworkRoot, ATextWithoutARootSaysNothing) {
    for (const char* text :
         {"", "\n\n", "28", "28 1 8:1 / /", "28 1 8:1 / / rw", "28 1 8:1 / / rw -", "28 1 8:1 / / rw - ext4 /dev/sda1",
          "28 1 8:1 / /srv rw - ext4 /dev/sda1 rw", "- - - - / - - -"})
        EXPECT_FALSE(root_mount(text)) << text;
}

TEST(NetworkRoot, IsReadFromTheMount) {
    const auto of = [](const std::string& type, const std::string& source, const std::string& options) {
        return summary(network_root_of(RootMount{type, source, options, "0:1"}));
    };
    EXPECT_EQ(of("ext4", "/dev/sda1", "rw"), "local");
    EXPECT_EQ(of("tmpfs", "192.0.2.1:/srv", "rw,addr=192.0.2.1"), "local");
    EXPECT_EQ(of("nfs", "192.0.2.1:/srv", "rw,vers=3"), "NFS 192.0.2.1");
    EXPECT_EQ(of("nfs4", "files:/srv", "rw,clientaddr=192.0.2.7,addr=192.0.2.1"), "NFS 192.0.2.1");
    EXPECT_EQ(of("nfs", "files:/srv", "rw,mountaddr=192.0.2.9,addr=192.0.2.1,nolock"), "NFS 192.0.2.1");
    EXPECT_EQ(of("nfs", "files:/srv", "rw,addr=192.0.2.1,addrs=192.0.2.9"), "NFS 192.0.2.1");
    EXPECT_EQ(of("nfs4", "[2001:db8::1]:/srv", "rw"), "NFS 2001:db8::1");
    EXPECT_EQ(of("nfs4", "[fe80::1%eth0]:/srv", "rw,addr=fe80::1%eth0"), "NFS fe80::1%eth0");
    EXPECT_EQ(of("nfs4", "files:/srv", "rw"), "NFS unknown");
    EXPECT_EQ(of("nfs", "/dev/root", "rw"), "NFS unknown");
    EXPECT_EQ(of("nfs", "", ""), "NFS unknown");
    EXPECT_EQ(of("cifs", "//192.0.2.1/root", "rw"), "SMB 192.0.2.1");
    EXPECT_EQ(of("smb3", "//files/root", "rw,addr=192.0.2.1"), "SMB 192.0.2.1");
    EXPECT_EQ(of("ceph", "192.0.2.1,192.0.2.2:/root", "rw"), "Ceph unknown");
    EXPECT_EQ(of("fuse.glusterfs", "a:/root", "rw"), "GlusterFS unknown");
}

TEST(NetworkRoot, IsReadFromTheKernelsCommandLine) {
    const auto of = [](std::string_view line) { return summary(network_root_of(line)); };
    EXPECT_EQ(of(""), "local");
    EXPECT_EQ(of("BOOT_IMAGE=/vmlinuz root=UUID=1234 ro quiet ip=192.0.2.7:192.0.2.1::: console=hvc0"), "local");
    EXPECT_EQ(of("root=/dev/sda1 xnfsroot=192.0.2.1:/srv"), "local");
    // the kernel's own, and Debian's
    EXPECT_EQ(of("root=/dev/nfs nfsroot=192.0.2.1:/srv/root,vers=3 ip=dhcp"), "NFS 192.0.2.1");
    EXPECT_EQ(of("root=/dev/nfs nfsroot=/srv ip=192.0.2.7:192.0.2.1:192.0.2.254:255.255.255.0:dom0:eth0:off"),
              "NFS 192.0.2.1");
    EXPECT_EQ(of("root=/dev/nfs ip=192.0.2.7:192.0.2.1:::::off\n"), "NFS 192.0.2.1");
    EXPECT_EQ(of("root=/dev/nfs nfsroot=/srv ip=eth1:dhcp ip=dhcp"), "NFS unknown");
    EXPECT_EQ(of("root=/dev/nfs nfsroot=/a:b ip=eth1:dhcp ip=192.0.2.7:192.0.2.1:::::"), "NFS 192.0.2.1");
    EXPECT_EQ(of("root=/dev/nfs nfsroot=files:/srv"), "NFS unknown");
    EXPECT_EQ(of("boot=nfs nfsroot=192.0.2.1:/srv"), "NFS 192.0.2.1");
    EXPECT_EQ(of("root=/dev/nfs nfsroot=192.0.2.1:/a nfsroot=192.0.2.2:/b"), "NFS 192.0.2.2");
    EXPECT_EQ(of("root=\"/dev/nfs\" nfsroot=\"192.0.2.1:/srv\""), "NFS 192.0.2.1");
    // dracut's
    EXPECT_EQ(of("root=nfs:192.0.2.1:/srv:rw"), "NFS 192.0.2.1");
    EXPECT_EQ(of("root=nfs4:[2001:db8::1]:/srv ip=dhcp6"), "NFS 2001:db8::1");
    EXPECT_EQ(of("root=nfs:/srv ip=[2001:db8::7]:[2001:db8::1]:[2001:db8::fe]:64:dom0:eth0:none"), "NFS 2001:db8::1");
    EXPECT_EQ(of("netroot=nfs:files:/srv"), "NFS unknown");
    EXPECT_EQ(of("root=nfs"), "NFS unknown");
    EXPECT_EQ(of("root=/dev/sda1 netroot=iscsi:192.0.2.1::3260:0:iqn.2026-01.org.example:dom0"), "iSCSI 192.0.2.1");
    EXPECT_EQ(of("netroot=iscsi:user:secret:u2:s2@[2001:db8::1]::::iqn.2026-01.org.example:dom0"), "iSCSI 2001:db8::1");
    EXPECT_EQ(of("netroot=iscsi: rd.iscsi.firmware=1"), "iSCSI unknown");
    EXPECT_EQ(of("rd.iscsi.ibft ip=ibft"), "iSCSI unknown");
    EXPECT_EQ(of("rd.iscsi.firmware=0 root=/dev/sda1"), "local");
    EXPECT_EQ(of("root=nbd:192.0.2.1:10809:ext4"), "NBD 192.0.2.1");
    EXPECT_EQ(of("root=cifs://user:secret@192.0.2.1/root"), "SMB 192.0.2.1");
    // open-iscsi's of Debian
    EXPECT_EQ(of("root=/dev/sda1 ISCSI_TARGET_IP=192.0.2.1 iscsi_target_port=3260"), "iSCSI 192.0.2.1");
    EXPECT_EQ(of("root=/dev/sda1 iscsi_target_ip=192.0.2.1"), "iSCSI 192.0.2.1");
}

TEST(NetworkRoot, AServerIsAnAddressOrUnknown) {
    EXPECT_EQ(server_address("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(server_address("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(server_address("[2001:db8::1]"), "2001:db8::1");
    EXPECT_EQ(server_address("[fe80::1%eth0]"), "fe80::1%eth0");
    for (const std::string& bad : {""s, "files"s, "[]"s, "[files]"s, "192.0.2"s, "192.0.2.256"s, "192.0.2.1:3260"s,
                                   "[2001:db8::1"s, "192.0.2.1\0x"s, " 192.0.2.1"s})
        EXPECT_FALSE(server_address(bad)) << bad;
}

} // namespace
} // namespace vifplug
