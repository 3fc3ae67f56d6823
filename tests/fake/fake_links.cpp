// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake/fake_links.hpp"

#include "core/error.hpp"
#include "core/overloaded.hpp"
#include "core/placement_bridge.hpp"

#include <algorithm>
#include <cerrno>

namespace vifplug::test {

namespace {

constexpr unsigned smallest_mtu = 68;
constexpr unsigned largest_mtu = 65535;

bool is_ipv6(const Address& address) {
    return address.text.find(':') != std::string::npos;
}

IfIndex index_of(const Step& step) {
    return std::visit([](const auto& s) { return s.port.index; }, step);
}

} // namespace

std::optional<Link> FakeLinks::find(const std::string& name) {
    for (const auto& [index, netdev] : netdevs_)
        if (netdev.link.name == name)
            return netdev.link;
    return std::nullopt;
}

std::optional<Link> FakeLinks::find(IfIndex index) {
    const Netdev* netdev = at(index);
    return netdev == nullptr ? std::nullopt : std::optional<Link>(netdev->link);
}

std::vector<Link> FakeLinks::all() {
    std::vector<Link> links;
    for (const auto& [index, netdev] : netdevs_)
        links.push_back(netdev.link);
    return links;
}

std::vector<Link> FakeLinks::bridges() {
    std::vector<Link> links;
    for (const auto& [index, netdev] : netdevs_)
        if (netdev.link.kind == "bridge")
            links.push_back(netdev.link);
    return links;
}

std::vector<Address> FakeLinks::addresses(IfIndex index) {
    const Netdev* netdev = at(index);
    return netdev == nullptr ? std::vector<Address>() : netdev->addresses;
}

VlanList FakeLinks::vlans(IfIndex port) {
    const Netdev* netdev = at(port);
    return netdev == nullptr ? VlanList() : netdev->vlans;
}

std::vector<PortVlans> FakeLinks::all_port_vlans() {
    std::vector<PortVlans> ports;
    for (const auto& [index, netdev] : netdevs_)
        if (netdev.link.master)
            ports.push_back({netdev.link.index, *netdev.link.master, netdev.vlans});
    return ports;
}

std::vector<Link> FakeLinks::ports_of(IfIndex bridge) {
    std::vector<Link> ports;
    for (const auto& [index, netdev] : netdevs_)
        if (netdev.link.master == bridge)
            ports.push_back(netdev.link);
    return ports;
}

void FakeLinks::make(const VlanBridge& bridge) {
    const bool has_device = find(bridge.device).has_value();
    const Link made = find(bridge.bridge) ? *find(bridge.bridge) : add(bridge.bridge, "bridge");
    const Link device = has_device ? *find(bridge.device) : add(bridge.device, "vlan");
    at(made.index)->link.up = at(device.index)->link.up = true;
    at(made.index)->link.mtu = at(device.index)->link.mtu = at(bridge.nic)->link.mtu;
    at(device.index)->link.master = made.index;
    if (!has_device)
        vlan_devices_.push_back({bridge.device, device.index, bridge.nic, bridge.id});
}

void FakeLinks::remove(const VlanBridge& bridge) {
    remove(bridge.device);
    remove(bridge.bridge);
    std::erase_if(vlan_devices_, [&](const VlanDevice& device) { return device.name == bridge.device; });
}

void FakeLinks::forget_mac(const ::vifplug::Netdev&, const Mac&, const VlanList& vlans) {
    forgotten_ = with_vlans(forgotten_, vlans);
}

FakeLinks::Netdev* FakeLinks::at(IfIndex index) {
    const auto found = netdevs_.find(index.number());
    return found == netdevs_.end() ? nullptr : &found->second;
}

void FakeLinks::perform(const Step& step) {
    const std::size_t number = performed_++;
    if (number >= first_failure_ && number - first_failure_ < failures_)
        throw Error(describe(step), system_code(failure_errno_));
    make(step);
}

void FakeLinks::make(const Step& step) {
    Netdev* const netdev = at(index_of(step));
    const auto refuse = [&](int errno_value) { throw Error(describe(step), system_code(errno_value)); };
    if (netdev == nullptr)
        refuse(ENODEV);
    Link& link = netdev->link;
    std::vector<Address>& addresses = netdev->addresses;
    std::visit(overloaded{
                   [&](const SetUp&) { link.up = true; },
                   [&](const SetDown&) { link.up = false; },
                   [&](const Rename& s) {
                       if (find(s.to))
                           refuse(EEXIST);
                       link.name = s.to;
                   },
                   [&](const SetMac& s) { link.mac = s.to; },
                   [&](const SetMtu& s) {
                       if (s.to < smallest_mtu || s.to > largest_mtu)
                           refuse(EINVAL);
                       link.mtu = s.to;
                   },
                   [&](const SetAddressGeneration& s) { link.address_generation = s.to; },
                   [&](const StopIpv6&) {
                       link.ipv6 = false;
                       std::erase_if(addresses, is_ipv6);
                   },
                   [&](const AllowIpv6&) { link.ipv6 = true; },
                   [&](const DropAddress& s) {
                       if (std::erase(addresses, s.address) == 0)
                           refuse(EADDRNOTAVAIL);
                   },
                   [&](const AddAddress& s) {
                       if (is_ipv6(s.address) && !link.ipv6)
                           refuse(EACCES);
                       if (std::find(addresses.begin(), addresses.end(), s.address) == addresses.end())
                           addresses.push_back(s.address);
                   },
                   [&](const Join& s) {
                       const Netdev* master = at(s.master.index);
                       if (master == nullptr || master->link.kind != "bridge")
                           refuse(master == nullptr ? EINVAL : EOPNOTSUPP);
                       if (link.master != s.master.index)
                           netdev->vlans = vlans_of_a_new_port(master->link);
                       link.master = s.master.index;
                   },
                   [&](const Leave&) {
                       link.master.reset();
                       netdev->vlans = VlanList();
                   },
                   [&](const ChangeVlans& s) {
                       if (!link.master)
                           refuse(EOPNOTSUPP);
                       netdev->vlans = s.to;
                   },
               },
               step);
}

Link FakeLinks::add(const std::string& name, const std::string& kind) {
    const int index = next_index_++;
    Link link{.index = IfIndex(index),
              .name = name,
              .mac = Mac{{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(index)}},
              .mtu = 1500,
              .up = false,
              .master = std::nullopt,
              .kind = kind,
              .parent_bus = "",
              .parent_device = "",
              .address_generation = AddressGeneration::eui64,
              .ipv6 = true};
    netdevs_.insert({index, {link, {}, {}}});
    return link;
}

void FakeLinks::remove(const std::string& name) {
    std::erase_if(netdevs_, [&](const auto& entry) { return entry.second.link.name == name; });
}

void FakeLinks::set_vlan_settings(const std::string& name, const BridgeVlanSettings& settings) {
    for (auto& [index, netdev] : netdevs_)
        if (netdev.link.name == name)
            netdev.link.vlan_settings = settings;
}

void FakeLinks::remove_vlan_device(const std::string& name) {
    remove(name);
    std::erase_if(vlan_devices_, [&](const VlanDevice& device) { return device.name == name; });
}

void FakeLinks::give_address(const std::string& name, const Address& address) {
    for (auto& [index, netdev] : netdevs_)
        if (netdev.link.name == name)
            netdev.addresses.push_back(address);
}

void FakeLinks::fail_at(std::size_t number, int errno_value, std::size_t failures) {
    first_failure_ = number;
    failure_errno_ = errno_value;
    failures_ = failures;
}

std::unique_ptr<Links> FakeLinks::copy() const {
    auto links = std::make_unique<FakeLinks>();
    links->netdevs_ = netdevs_;
    links->vlan_devices_ = vlan_devices_;
    return links;
}

std::string FakeLinks::picture() const {
    std::string text;
    for (const auto& [index, netdev] : netdevs_) {
        const Link& link = netdev.link;
        text += std::to_string(index) + " " + link.name + " " + (link.mac ? link.mac->str() : "-") + " mtu " +
                std::to_string(link.mtu) + (link.up ? " up" : " down") + " master " +
                (link.master ? std::to_string(link.master->number()) : "-") + " generation " +
                (link.address_generation ? std::to_string(static_cast<int>(*link.address_generation)) : "-") +
                (link.ipv6 ? " IPv6" : "");
        auto sorted = netdev.addresses;
        std::sort(sorted.begin(), sorted.end(), [](const Address& a, const Address& b) { return a.text < b.text; });
        for (const Address& address : sorted)
            text += " " + address.text;
        text += " VLANs " + netdev.vlans.str() + "\n";
    }
    return text;
}

} // namespace vifplug::test
