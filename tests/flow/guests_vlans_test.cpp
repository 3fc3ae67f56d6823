// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A NIC joins a bridge that has guests, or joins it again.
#include "app/bring_up.hpp"
#include "app/guests_vlans.hpp"
#include "app/take_down.hpp"
#include "core/error.hpp"
#include "flow_world.hpp"
#include "system/noted_ports.hpp"

#include <cerrno>

namespace vifplug {
namespace {

using test::FlowWorld;

class GuestsVlans : public FlowWorld {
  protected:
    GuestsVlans() : nic(links.add("peth0", "")) {
        links.set_vlan_settings("xenbr0", {true, 1});
        store.write("backend/vif/7/0/vlan", "10p/20");
        say(UplinkVlans::Kind::automatic);
    }

    void say(UplinkVlans::Kind kind, const std::string& list = "", VlanMode mode = VlanMode::filter) {
        Uplink uplink(nic.index);
        uplink.vlans = {kind, list.empty() ? VlanList() : parse_vlan_list(list)};
        uplink.vlan_mode = mode;
        uplink.mac_is_fixed = true;
        uplinks.records = {{uplink, {}, std::nullopt}};
    }

    void join() { links.perform(Join{netdev_of(nic), netdev_of(*links.find("xenbr0"))}); }
    void leave() { links.perform(Leave{netdev_of(nic), netdev_of(*links.find("xenbr0"))}); }
    void online() { bring_up(call(Verb::online), machine()); }
    void offline() { take_down(call(Verb::offline), machine()); }

    std::vector<std::string> carry() {
        return carry_vlans_of_guests(read_noted_ports(rundir), uplinks, {links, vlan_records, log});
    }
    std::string carried() { return links.vlans(nic.index).str(); }

    void add_port(const std::string& name, const std::string& bridge, const std::string& vlans) {
        const Link port = links.add(name, "veth");
        links.perform(Join{netdev_of(port), netdev_of(*links.find(bridge))});
        links.perform(ChangeVlans{netdev_of(port), links.vlans(port.index), parse_vlan_list(vlans)});
    }

    const Link nic;
};

TEST_F(GuestsVlans, ANicThatComesToABridgeCarriesTheVlansOfItsGuests) {
    online();
    join();
    EXPECT_EQ(carry(), std::vector<std::string>());
    EXPECT_EQ(carried(), "1p/10/20");
    EXPECT_EQ(links.forgotten(), parse_vlan_terms("10/20", "vlans")) << "its MAC is the host's";
    const std::size_t performed = links.performed();
    EXPECT_EQ(carry(), std::vector<std::string>());
    EXPECT_EQ(links.performed(), performed) << "the second time there is nothing to do";
}

TEST_F(GuestsVlans, ANicThatComesBackHasThemAgainUntilTheGuestGoes) {
    join();
    online();
    leave();
    join();
    ASSERT_EQ(carried(), "1p");
    carry();
    EXPECT_EQ(carried(), "1p/10/20");
    offline();
    EXPECT_EQ(carried(), "1p");
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(GuestsVlans, WhatIsNotNotedIsNoGuests) {
    online();
    join();
    add_port("tap0", "xenbr0", "30");
    carry();
    EXPECT_EQ(carried(), "1p/10/20");
}

TEST_F(GuestsVlans, GuestsOfAnotherBridgeDoNotCount) {
    links.add("xenbr1", "bridge");
    links.set_vlan_settings("xenbr1", {true, 1});
    store.write("backend/vif/7/0/bridge", "xenbr1");
    online();
    join();
    carry();
    EXPECT_EQ(carried(), "1p");
}

TEST_F(GuestsVlans, ANicWithAListIsLeftAloneAndThatIsSaid) {
    say(UplinkVlans::Kind::fixed, "1p/20");
    online();
    join();
    EXPECT_EQ(carry(),
              (std::vector<std::string>{"peth0 does not carry VLANs 10/20: vlans='1p/20' says what it carries"}));
    EXPECT_EQ(carried(), "1p");
}

TEST_F(GuestsVlans, WhereTheRecordSaysNothingTheFileDoes) {
    say(UplinkVlans::Kind::untouched);
    uplinks.records.front().uplink.netdev = "eth0";
    UplinkRequest request;
    request.netdev = "eth0";
    request.vlans = UplinkVlans{UplinkVlans::Kind::automatic, {}};
    uplinks.configuration.bridges = {request};
    online();
    join();
    EXPECT_EQ(carry(), std::vector<std::string>());
    EXPECT_EQ(carried(), "1p/10/20");
}

TEST_F(GuestsVlans, ANicWhoseVlansHaveABridgeEachIsLeftAlone) {
    online();
    say(UplinkVlans::Kind::untouched, "", VlanMode::device);
    join();
    EXPECT_EQ(carry(), std::vector<std::string>());
    EXPECT_EQ(carried(), "1p");
}

TEST_F(GuestsVlans, ANicThatIsOnNoBridgeIsLeftAlone) {
    online();
    EXPECT_EQ(carry(), std::vector<std::string>());
    EXPECT_FALSE(vlan_records.any());
}

TEST_F(GuestsVlans, WhatTheKernelRefusesIsWrittenDownAllTheSameAndTriedAgain) {
    online();
    join();
    links.fail_at(links.performed(), EIO);
    EXPECT_THROW(carry(), Error);
    EXPECT_EQ(carried(), "1p");
    EXPECT_EQ(vlan_records.carried(), (std::vector<CarriedVlans>{{nic.index, parse_vlan_terms("10/20", "vlans")}}));
    carry();
    EXPECT_EQ(carried(), "1p/10/20");
}

} // namespace
} // namespace vifplug
