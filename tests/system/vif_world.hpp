// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/command.hpp"
#include "support/xenstored.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

namespace vifplug::test {

/// A netdev as ip(8) sees it.
struct Seen {
    bool up = false;
    std::string master; ///< empty when it has none
    std::string mac;
    unsigned mtu = 0;
    std::vector<std::string> addresses;
};

/// One dom0: a network namespace, a private xenstored, the bridge xenbr0, and guest 1's vif1.0 in the state in which
/// libxl calls the script. Everything is made and looked at with ip(8) and the xenstore tools.
class VifWorld : public testing::Test {
  protected:
    VifWorld();

    /// An ip(8) command that has to succeed.
    void ip(const std::string& words) const;

    /// A vif as netback makes it, a veth pair whose other end is guest<domid>.<devid>, and its nodes as libxl writes
    /// them (contract 4.1).
    void make_vif(int domid, int devid, const std::string& bridge = "xenbr0");
    /// The nodes alone.
    void write_vif(int domid, int devid, const std::string& bridge);
    /// Them as write_all() takes them.
    static Words nodes_of_vif(int domid, int devid, const std::string& bridge);
    void make_netdev(const std::string& name, const std::string& peer) const;

    std::optional<Seen> see(const std::string& netdev) const;

    /// The netdev has to be there.
    Seen seen(const std::string& netdev) const;

    void write(const std::string& path, const std::string& value) const;
    void write_all(const Words& paths_and_values) const; ///< by turns
    void remove(const std::string& path) const;
    std::optional<std::string> read(const std::string& path) const;

    /// Every node with its value, and every netdev with what was configured: for comparing before and after.
    std::string store_picture() const;
    std::string link_picture() const;

    /// The environment that libxl gives (contract 4.3).
    Variables libxl(int domid, int devid) const;
    Variables libxl_tap(int domid, int devid) const;

    /// vif-bridge with libxl's environment for vif 1/0 unless another is given.
    Result call(const Words& words) const;
    Result call(const Words& words, const Variables& environment) const;

    Result online(int domid = 1, int devid = 0) const;
    Result offline(int domid = 1, int devid = 0) const;

    /// The vif is on the bridge, up, with the port's MAC, without addresses, announced, and a second run finds nothing
    /// left to do.
    void expect_placed(const std::string& netdev, const std::string& bridge, unsigned mtu = 1500) const;

    /// The call failed for the reason given: status 1, said on stderr, and in hotplug-error with status "error".
    void expect_refused(const Result& result, const std::string& reason) const;

    static std::string program(const std::string& name);

    const std::string backend = "/local/domain/0/backend/vif/1/0";
    const std::string frontend = "/local/domain/1/device/vif/0";
    const std::string rundir = "/run/vifplug-test";
    static constexpr const char* configuration = "/run/vifplug-test.toml"; ///< there is none unless a test writes it
    const std::string hook_directory = "/etc/xen/scripts/vif-post.d";

    Xenstored xenstored_;
};

} // namespace vifplug::test
