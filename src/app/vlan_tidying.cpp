// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vlan_tidying.hpp"

#include "app/nic_vlans.hpp"
#include "app/vlan_bridges.hpp"

namespace vifplug {

void tidy_up_vlans(const Machine& machine) {
    if (!machine.vlan_records.any())
        return;
    const PortLock lock(machine.vlan_records.lock_path());
    drop_unused_vlans(vlan_desk_of(machine));
    remove_unused_vlan_bridges(machine);
}

} // namespace vifplug
