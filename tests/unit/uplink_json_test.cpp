// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/uplink_json.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <set>
#include <sys/socket.h>

namespace vifplug {
namespace {

using nlohmann::json;

Uplink an_uplink() {
    Uplink uplink(IfIndex(2));
    uplink.topology = Topology::bridge;
    uplink.netdev = "eth\xff"
                    "0"; // any byte
    uplink.parked = "peth0";
    uplink.holder = "xenbr0";
    uplink.bridge = "xenbr0";
    uplink.port = "";
    uplink.transient = "vifplug";
    uplink.bridge_is_ours = false;
    uplink.mtu = 1400;
    uplink.mac_is_fixed = true;
    uplink.nic_mac = Mac{{0x52, 0x54, 0, 0xff, 0, 2}};
    uplink.nic_mtu = 9000;
    uplink.nic_up = false;
    uplink.nic_flags = {.arp = false, .multicast = false, .allmulti = true, .promiscuous = true, .dynamic = true};
    uplink.nic_address_generation = AddressGeneration::stable_privacy;
    uplink.bridge_mac = port_mac;
    uplink.bridge_up = false;
    uplink.vlan_filtering = true;
    uplink.vlans = parse_uplink_vlans("10p/20-30/40u");
    uplink.vlan_mode = VlanMode::device;
    uplink.bridge_filtered = true;
    uplink.bridge_vlans = VlanList();
    uplink.bridge_vlans->add(VlanId(7), Tagging::tagged); // what no vlan= can say
    uplink.bridge_vlans->set_pvid(VlanId(7));
    uplink.bridge_vlans->add(VlanId(9), Tagging::untagged);
    return uplink;
}

Bytes an_address() {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = 24;
    header.ifa_index = 2;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
    Bytes message(bytes, bytes + sizeof header);
    message.insert(message.end(), {8, 0, IFA_LOCAL, 0, 192, 0, 2, 10});
    return message;
}

json a_state() {
    return {{"netdev", "65746830"},
            {"index", 2},
            {"taken_at", 77},
            {"addresses_v4", json::array()},
            {"addresses_v6", json::array()},
            {"nexthops", json::array()},
            {"routes", json::array()},
            {"neighbours", json::array()},
            {"rules", json::array()},
            {"multicast", json::array()},
            {"gateways", json::array()},
            {"bystanders", json::array()}};
}

/// As it is on disk.
json through_text(const json& value) {
    return json::parse(value.dump());
}

TEST(UplinkJson, AnUplinkComesBackWhole) {
    const Uplink before = an_uplink();
    const Uplink after = uplink_from_json(through_text(to_json(before)));
    EXPECT_EQ(to_json(after), to_json(before));
    EXPECT_EQ(after.topology, before.topology);
    EXPECT_EQ(after.netdev, before.netdev);
    EXPECT_EQ(after.parked, before.parked);
    EXPECT_EQ(after.holder, before.holder);
    EXPECT_EQ(after.bridge, before.bridge);
    EXPECT_EQ(after.transient, before.transient);
    EXPECT_EQ(after.bridge_is_ours, before.bridge_is_ours);
    EXPECT_EQ(after.nic, before.nic);
    EXPECT_EQ(after.mtu, before.mtu);
    EXPECT_EQ(after.mac_is_fixed, before.mac_is_fixed);
    EXPECT_EQ(after.nic_mac, before.nic_mac);
    EXPECT_EQ(after.nic_mtu, before.nic_mtu);
    EXPECT_EQ(after.nic_up, before.nic_up);
    EXPECT_EQ(after.nic_flags, before.nic_flags);
    EXPECT_EQ(after.nic_address_generation, before.nic_address_generation);
    EXPECT_EQ(after.bridge_mac, before.bridge_mac);
    EXPECT_EQ(after.bridge_up, before.bridge_up);
    EXPECT_EQ(after.vlan_filtering, before.vlan_filtering);
    EXPECT_EQ(after.vlans, before.vlans);
    EXPECT_EQ(after.vlan_mode, before.vlan_mode);
    EXPECT_EQ(after.bridge_filtered, before.bridge_filtered);
    EXPECT_EQ(after.bridge_vlans, before.bridge_vlans);
}

TEST(UplinkJson, VlansAreWrittenAsTheyAreTyped) {
    EXPECT_EQ(to_json(an_uplink()).at("vlans"), "10p/20-30/40u");
    Uplink automatic(IfIndex(1));
    automatic.vlans.kind = UplinkVlans::Kind::automatic;
    EXPECT_EQ(to_json(automatic).at("vlans"), "auto");
    EXPECT_EQ(uplink_from_json(through_text(to_json(automatic))).vlans, automatic.vlans);
    EXPECT_FALSE(to_json(Uplink(IfIndex(1))).contains("vlans"));
}

TEST(UplinkJson, ARecordFromBeforeThereWereVlansMeansTheDefaults) {
    json old = to_json(an_uplink());
    for (const char* key : {"vlan_filtering", "vlans", "vlan_mode", "bridge_filtered", "bridge_vlans"})
        old.erase(key);
    const Uplink after = uplink_from_json(through_text(old));
    EXPECT_FALSE(after.vlan_filtering || after.bridge_filtered || after.bridge_vlans);
    EXPECT_EQ(after.vlans, UplinkVlans());
    EXPECT_EQ(after.vlan_mode, VlanMode::filter);
}

TEST(UplinkJson, WhatIsAbsentStaysAbsent) {
    const Uplink after = uplink_from_json(through_text(to_json(Uplink(IfIndex(1)))));
    EXPECT_FALSE(after.mtu || after.bridge_mac || after.nic_address_generation);
}

TEST(UplinkJson, AStateComesBackWhole) {
    HostState state = state_from_json(a_state());
    state.addresses_v4.push_back({"192.0.2.10/24", an_address(), {}});
    state.multicast.push_back(port_mac);
    state.gateways.push_back({false, {192, 0, 2, 254}, "192.0.2.254"});
    state.bystanders.push_back({Bystander::Sort::address, {"", an_address(), {}}});
    const HostState after = state_from_json(through_text(to_json(state)));
    EXPECT_EQ(after.netdev, "eth0");
    EXPECT_EQ(after.index, 2);
    EXPECT_EQ(after.taken_at, 77u);
    ASSERT_EQ(after.addresses_v4.size(), 1u);
    EXPECT_EQ(after.addresses_v4[0].text, "192.0.2.10/24");
    EXPECT_EQ(after.addresses_v4[0].message, an_address());
    EXPECT_EQ(after.multicast, std::vector<Mac>{port_mac});
    EXPECT_EQ(after.gateways, state.gateways);
    ASSERT_EQ(after.bystanders.size(), 1u);
    EXPECT_EQ(after.bystanders[0].entry.message, an_address());
    EXPECT_EQ(to_json(after), to_json(state));
}

TEST(UplinkJson, AClientComesBackWhole) {
    const DhcpClient client{.program = DhcpProgram::dhcpcd,
                            .executable = "/usr/sbin/dhcpcd",
                            .arguments = {"-q", "eth\xff", ""},
                            .netdev = "eth0",
                            .control = "/run/dhcpcd/eth0.sock",
                            .pid = 42,
                            .started = 1ULL << 40,
                            .hears = {2, 7}};
    EXPECT_EQ(client_from_json(through_text(to_json(client))), client);
}

TEST(UplinkJson, WhatNobodyWroteIsRefused) {
    const json good = to_json(an_uplink());
    const std::set<std::string> may_be_absent{"mtu",   "bridge_mac", "nic_address_generation", "vlan_filtering",
                                              "vlans", "vlan_mode",  "bridge_filtered",        "bridge_vlans"};
    for (const auto& [key, value] : good.items()) {
        json without = good;
        without.erase(key);
        if (may_be_absent.contains(key))
            EXPECT_NO_THROW((void)uplink_from_json(without)) << key;
        else
            EXPECT_THROW((void)uplink_from_json(without), std::exception) << key;
        json other = good;
        other[key] = json::object({{"", 7}});
        EXPECT_THROW((void)uplink_from_json(other), std::exception) << key;
    }
    const auto with = [&](const std::string& key, const json& value) {
        json changed = good;
        changed[key] = value;
        return changed;
    };
    for (const json& bad :
         {with("nic", 0), with("nic", -1), with("topology", "ring"), with("nic_mac", "0102"),
          with("nic_mac", "zz0000000000"), with("netdev", "6"), with("nic_address_generation", 4),
          with("nic_address_generation", "1"), with("vlans", "10/20"), with("vlans", ""), with("vlan_mode", "both"),
          with("vlan_filtering", "yes"),
          with("bridge_vlans", json::array({{{"first", 0}, {"last", 1}, {"untagged", true}, {"pvid", false}}})),
          with("bridge_vlans", json::array({{{"first", 1}, {"last", 4095}, {"untagged", true}, {"pvid", false}}})),
          json(), json(7)})
        EXPECT_THROW((void)uplink_from_json(bad), std::exception) << bad;
}

TEST(UplinkJson, AStateThatNobodyWroteIsRefused) {
    const json good = a_state();
    for (const auto& [key, value] : good.items()) {
        json without = good;
        without.erase(key);
        EXPECT_THROW((void)state_from_json(without), std::exception) << key;
    }
    const auto with = [](const std::string& key, const json& value) {
        json changed = a_state();
        changed[key] = value;
        return changed;
    };
    for (const json& bad :
         {with("routes", {"02"}), with("addresses_v4", {7}), with("rules", {""}), with("nexthops", {"zz"}),
          with("multicast", {"3333"}), with("bystanders", json::array({{{"sort", 9}, {"message", ""}}}))})
        EXPECT_THROW((void)state_from_json(bad), std::exception) << bad;
}

} // namespace
} // namespace vifplug
