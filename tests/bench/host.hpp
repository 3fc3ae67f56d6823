// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "calls.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct xs_handle;

namespace vifplug::bench {

/// A guest with one network interface.
class Guest {
  public:
    explicit Guest(unsigned domid) : domid_(std::to_string(domid)) {}

    std::string vif() const { return "vif" + domid_ + ".0"; }
    std::string frontend() const { return "/local/domain/" + domid_ + "/device/vif/0"; }
    std::string backend() const { return "backend/vif/" + domid_ + "/0"; } ///< relative, as libxl has it
    const std::string& domid() const { return domid_; }

    /// As libxl calls a hotplug script: its words and its variables, and a plain environment around them.
    Call call(const std::string& program, const std::string& verb) const;

  private:
    std::string domid_;
};

/// What the calls meet: the bridge xenbr0 with an uplink, and for each guest a netdev vifN.0 and the nodes that libxl
/// writes. In the namespace and the xenstore that this process is in, which have to be empty.
///
/// I1: each program finds the same before each `online`: the vif down, on no bridge, without addresses, with the MTU of
///     the bridge, and with the MAC that netback gives it. IPv6 address generation is off beforehand, where the kernel
///     has IPv6: vif-bridge would switch it off at a vif's first `online` only, the others never would.
/// I2: a vif is one end of a veth pair. The other end, which stands for the guest's, is up and silent.
class Host {
  public:
    explicit Host(unsigned guests);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host();

    std::span<const Guest> guests() const { return guests_; }

    /// hotplug-status is empty before `online`, as libxl writes it.
    void reset(std::span<const Guest> guests) const;

    /// They throw std::runtime_error when a call exited with 0 and did not do its work.
    void check_online(std::span<const Guest> guests) const;
    void check_offline(std::span<const Guest> guests) const;

  private:
    struct Close {
        void operator()(xs_handle* handle) const noexcept;
    };

    void write(const std::string& path, std::string_view value) const;
    std::string read(const std::string& path) const;
    void write_nodes(const Guest& guest) const;

    std::unique_ptr<xs_handle, Close> store_;
    std::vector<Guest> guests_;
};

} // namespace vifplug::bench
