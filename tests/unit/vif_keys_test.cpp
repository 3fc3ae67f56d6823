// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_request.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>
#include <map>

namespace vifplug {
namespace {

using Nodes = std::map<std::string, std::string, std::less<>>;

NodeReader of(const Nodes& nodes) {
    return [nodes](std::string_view key) -> std::optional<std::string> {
        const auto found = nodes.find(key);
        return found == nodes.end() ? std::nullopt : std::optional(found->second);
    };
}

HotplugCall online(PortKind kind = PortKind::vif) {
    return {.verb = kind == PortKind::vif ? Verb::online : Verb::add,
            .kind = kind,
            .backend = BackendPath::parse("backend/vif/7/0"),
            .port = netdev_name({DomId{7}, DevId{0}}, kind),
            .bridge = std::nullopt,
            .ip = std::nullopt,
            .assignments = {}};
}

VifRequest read(const Nodes& nodes, const HotplugCall& call = online()) {
    return read_vif_request(call, of(nodes));
}

std::string refused(const Nodes& nodes) {
    return test::refusal([&] { return read(nodes); });
}

TEST(VifKeys, ReadEveryKey) {
    const VifRequest request =
        read({{"vifname", "web0"}, {"bridge", "xenbr0"}, {"mtu", "9000"}, {"ip", "192.0.2.1 ::1/64"}});
    EXPECT_EQ(request.name->str(), "web0");
    EXPECT_EQ(request.bridge->str(), "xenbr0");
    EXPECT_EQ(request.mtu, Mtu(9000));
    ASSERT_EQ(request.ip.size(), 2u);
    EXPECT_EQ(request.ip[1].str(), "::1/64");
    EXPECT_TRUE(request.found_in_store);
}

TEST(VifKeys, AbsentIsNothing) {
    const VifRequest request = read({});
    EXPECT_FALSE(request.name);
    EXPECT_FALSE(request.bridge);
    EXPECT_FALSE(request.mtu);
    EXPECT_TRUE(request.ip.empty());
    EXPECT_FALSE(request.found_in_store);
}

TEST(VifKeys, V12_V13_V14_the_store_wins_also_with_an_empty_value) {
    HotplugCall call = online();
    call.bridge = "br5";
    EXPECT_EQ(read({}, call).bridge->str(), "br5");
    EXPECT_EQ(read({{"bridge", "xenbr0"}}, call).bridge->str(), "xenbr0");
    EXPECT_FALSE(read({{"bridge", ""}}, call).bridge);
    call.bridge = "";
    EXPECT_FALSE(read({}, call).bridge);
}

TEST(VifKeys, P2_a_tap_gets_the_vifs_name_and_emu) {
    EXPECT_EQ(read({{"vifname", "web0"}}, online(PortKind::tap)).name->str(), "web0-emu");
    EXPECT_EQ(test::refusal([&] { return read({{"vifname", "eleven-byte"}}, online(PortKind::tap)); }), "accepted");
    EXPECT_EQ(test::refusal([&] {
                  return read({{"vifname", "twelve-bytes"}}, online(PortKind::tap));
              }),
              "vifname='twelve-bytes-emu': an interface name has 1 to 15 bytes");
    EXPECT_EQ(read_port_name({DomId{7}, DevId{0}}, PortKind::tap, of({{"vifname", "web0"}}))->str(), "web0-emu");
    EXPECT_FALSE(read_port_name({DomId{7}, DevId{0}}, PortKind::vif, of({{"vifname", ""}})));
}

TEST(VifKeys, N4_the_name_of_another_vifs_netdev_is_refused) {
    for (const char* name : {"vif8.0", "vif0.7", "tap8.0", "vif8.0-emu"})
        EXPECT_EQ(refused({{"vifname", name}}),
                  "vifname='" + std::string(name) + "': that is what the netdev of another vif is called");
    EXPECT_EQ(test::refusal([&] {
                  return read({{"vifname", "vif8.0"}}, online(PortKind::tap));
              }),
              "vifname='vif8.0-emu': that is what the netdev of another vif is called");
    for (const char* name : {"vif7.0", "vif8", "vif8.0x"})
        EXPECT_EQ(refused({{"vifname", name}}), "accepted") << name;
}

TEST(VifKeys, RefusalsNameTheKey) {
    EXPECT_EQ(refused({{"vifname", "a b"}}).substr(0, 14), "vifname='a b':");
    EXPECT_EQ(refused({{"bridge", "a/b"}}).substr(0, 13), "bridge='a/b':");
    EXPECT_EQ(refused({{"mtu", "abc"}}).substr(0, 10), "mtu='abc':");
}

TEST(VifKeys, VlansComeByTheirKeyOrBehindTheBridgesName) {
    EXPECT_EQ(read({{"vlan", "10p/20"}}).vlans, parse_vlan_list("10p/20"));
    EXPECT_FALSE(read({{"vlan", ""}}).vlans);
    EXPECT_EQ(refused({{"vlan", "10/20"}}), "vlan='10/20': one of several VLANs is the PVID, and has a p behind it");

    const VifRequest either = read({{"bridge", "xenbr0.10"}}); // a name, or the other form
    EXPECT_EQ(either.bridge->str(), "xenbr0.10");
    EXPECT_EQ(either.bridge_and_vlans->bridge.str(), "xenbr0");
    EXPECT_EQ(either.bridge_and_vlans->vlans, VlanList::access(VlanId(10)));
    EXPECT_FALSE(either.vlans);

    const VifRequest no_name = read({{"bridge", "xenbr0.5:20:30"}});
    EXPECT_FALSE(no_name.bridge);
    EXPECT_EQ(no_name.bridge_and_vlans->vlans, parse_vlan_list("5p/20/30"));
    EXPECT_EQ(read({{"bridge", "a-long-bridge-0.100"}}).bridge_and_vlans->bridge.str(), "a-long-bridge-0");
    EXPECT_FALSE(read({{"bridge", "xenbr0"}}).bridge_and_vlans);
}

TEST(VifKeys, AnAddressThatIsNoneIsAWarningAndTheOthersStay) {
    HotplugCall call = online();
    call.ip = "192.0.2.9";
    EXPECT_EQ(read({}, call).ip.size(), 1u);
    const VifRequest request = read({{"ip", "192.0.2.1 * 192.0.2.2"}}, call);
    EXPECT_EQ(request.ip.size(), 2u);
    ASSERT_EQ(request.warnings.size(), 1u);
    EXPECT_EQ(request.warnings[0], "ip='*': an IPv4 or IPv6 address, with or without /LENGTH; passed over");
}

} // namespace
} // namespace vifplug
