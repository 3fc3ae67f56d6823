// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/carried_vlans.hpp"
#include "core/vlan_bridge.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// What was made on the host for the VLANs of guests, and goes with the last of them: in the run directory, below
/// "vlans". Of this network namespace; a record that cannot be read is as good as none.
///
/// I1: it is written before the thing it is about is made, and goes after that has gone.
/// I2: only the holder of the lock reads it to change anything, or writes.
class VlanRecords {
  public:
    /// `run_directory` as for RunDirectory. Touches nothing yet.
    explicit VlanRecords(const std::string& run_directory) : directory_(run_directory + "/vlans") {}

    std::string lock_path() const { return directory_ + ".lock"; }

    /// Makes the directory where it is missing. Throws Error.
    void make_directory() const;

    /// False while no guest has ever had a VLAN for which something was made: then there is nothing to tidy up.
    bool any() const;

    std::vector<CarriedVlans> carried() const;
    void write(const CarriedVlans& carried) const; ///< removes the record of a NIC that carries none
    void remove_nic(IfIndex nic) const;

    std::vector<VlanBridge> bridges() const;
    void write(const VlanBridge& bridge) const;
    void remove(const VlanBridge& bridge) const;

  private:
    std::string path_of(IfIndex nic) const;
    std::string path_of(const VlanBridge& bridge) const;

    std::string directory_;
};

} // namespace vifplug
