// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/vlan_records.hpp"

#include "core/error.hpp"
#include "system/record_files.hpp"
#include "system/whole_file.hpp"

#include <cerrno>
#include <filesystem>
#include <unistd.h>

namespace vifplug {

namespace {

constexpr const char* suffix_of_nics = ".nic";
constexpr const char* suffix_of_bridges = ".bridge";

void remove_file(const std::string& path) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
        throw Error("remove " + path, system_code(errno));
}

} // namespace

std::string VlanRecords::path_of(IfIndex nic) const {
    return directory_ + "/" + std::to_string(nic.number()) + suffix_of_nics;
}

std::string VlanRecords::path_of(const VlanBridge& bridge) const {
    return directory_ + "/" + std::to_string(bridge.nic.number()) + "-" + std::to_string(bridge.id.number()) +
           suffix_of_bridges;
}

void VlanRecords::make_directory() const {
    make_directories(directory_);
}

bool VlanRecords::any() const {
    std::error_code none;
    return std::filesystem::directory_iterator(directory_, none) != std::filesystem::directory_iterator();
}

std::vector<CarriedVlans> VlanRecords::carried() const {
    return read_records<CarriedVlans>(directory_, suffix_of_nics, parse_carried);
}

void VlanRecords::write(const CarriedVlans& carried) const {
    if (carried.vlans.empty())
        remove_nic(carried.nic);
    else
        write_whole_file(path_of(carried.nic), format_carried(carried, network_namespace()));
}

void VlanRecords::remove_nic(IfIndex nic) const {
    remove_file(path_of(nic));
}

std::vector<VlanBridge> VlanRecords::bridges() const {
    return read_records<VlanBridge>(directory_, suffix_of_bridges, parse_vlan_bridge);
}

void VlanRecords::write(const VlanBridge& bridge) const {
    write_whole_file(path_of(bridge), format_vlan_bridge(bridge, network_namespace()));
}

void VlanRecords::remove(const VlanBridge& bridge) const {
    remove_file(path_of(bridge));
}

} // namespace vifplug
