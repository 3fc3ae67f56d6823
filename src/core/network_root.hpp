// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// The file system that is mounted on "/".
struct RootMount {
    std::string type;    ///< "ext4", "nfs4"
    std::string source;  ///< "/dev/sda1", "192.0.2.1:/srv/root"
    std::string options; ///< of the file system: "rw,addr=192.0.2.1"
    std::string device;  ///< "8:1"; its number before the colon is 0 when it is no block device's

    friend bool operator==(const RootMount&, const RootMount&) = default;
};

/// A root file system that the host reaches through a network: without it nothing more can be started or read.
struct NetworkRoot {
    std::string protocol; ///< "NFS", "iSCSI"
    /// IPv4 or IPv6 addresses, the latter without brackets and perhaps with "%interface". Empty when one of the servers
    /// is not known by its address: then any NIC may be the one that leads there.
    std::vector<std::string> servers;

    friend bool operator==(const NetworkRoot&, const NetworkRoot&) = default;
};

/// What /proc/self/mountinfo says is on "/" (the last of several is on top); nothing when it does not say.
std::optional<RootMount> root_mount(std::string_view mountinfo);

/// The mount is a network's own file system (NFS, SMB, Ceph and so on).
std::optional<NetworkRoot> network_root_of(const RootMount& mount);

/// The kernel's command line asks for a root on a network: root=, nfsroot=, netroot= and iscsi_target_ip=, with ip=
/// for the server where they leave it out. It says what the boot was meant to be, not what came of it: ask it last.
std::optional<NetworkRoot> network_root_of(std::string_view command_line);

/// A server as NFS, iSCSI and friends write one; an address without its brackets, nothing for a host name.
std::optional<std::string> server_address(std::string_view text);

} // namespace vifplug
