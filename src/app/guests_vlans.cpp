// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/guests_vlans.hpp"

#include "app/process.hpp"
#include "system/config_file.hpp"
#include "system/deadline.hpp"
#include "system/netlink_links.hpp"
#include "system/noted_ports.hpp"
#include "system/uplink_journal.hpp"

#include <algorithm>
#include <iterator>

namespace vifplug {

namespace {

constexpr std::chrono::seconds time_for_the_lock{10};

std::vector<IfIndex> indices_of(const std::vector<PortRecord>& ports) {
    std::vector<IfIndex> indices;
    for (const PortRecord& port : ports)
        indices.push_back(port.index);
    return indices;
}

} // namespace

std::vector<std::string> carry_vlans_of_guests(const std::vector<PortRecord>& noted, const KnownUplinks& known,
                                               const VlanDesk& desk) {
    std::vector<std::string> complaints;
    const std::vector<PortVlans> ports = desk.links.all_port_vlans();
    const std::vector<IfIndex> guests = indices_of(noted);
    for (const UplinkPolicy& uplink : uplinks_on_record(known, desk.links)) {
        const VlanList vlans = vlans_together(ports, uplink.nic.master.value(), guests);
        if (uplink.mode == VlanMode::device || vlans.empty())
            continue;
        auto said = carry_vlans({uplink}, vlans, desk);
        std::move(said.begin(), said.end(), std::back_inserter(complaints));
    }
    return complaints;
}

void carry_for_guests(const std::string& run_directory, EventLog& log) {
    try {
        const std::vector<PortRecord> noted = read_noted_ports(run_directory);
        if (noted.empty())
            return;
        const Deadline deadline(time_for_the_lock);
        NetlinkLinks links;
        const VlanRecords vlan_records(run_directory);
        const KnownUplinks known{UplinkJournal(run_directory).records(),
                                 read_configuration(config_path(process_environment()))};
        for (const std::string& complaint : carry_vlans_of_guests(noted, known, {links, vlan_records, log}))
            log.warning(complaint);
    } catch (const std::exception& failure) {
        log.error("carry the VLANs of guests: " + std::string(failure.what()) + ", continuing");
    }
}

} // namespace vifplug
