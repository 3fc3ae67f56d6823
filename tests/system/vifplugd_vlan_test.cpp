// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon on bridges that filter VLANs: a vif stays in its own.
#include "system/daemon_world.hpp"
#include "system/link_watch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace vifplug::test {
namespace {

/// All VLANs of a port, as in a guest's vlan=.
std::string vlans_of(const std::string& netdev) {
    const auto ports = nlohmann::json::parse(must(split("bridge -j vlan show dev " + netdev)));
    std::string text;
    for (const auto& port : ports)
        for (const auto& vlan : port.at("vlans")) {
            const auto flags = vlan.value("flags", std::vector<std::string>());
            text += (text.empty() ? "" : "/") + std::to_string(vlan.at("vlan").get<int>()) +
                    (std::count(flags.begin(), flags.end(), "PVID") != 0 ? "p" : "");
        }
    return text;
}

/// Guest 1's vif and the tap of the same emulated NIC, which go the same way.
class VifAndTap : public DaemonWorld {
  protected:
    void make_tap() const { ip("tuntap add mode tap name vif1.0-emu"); }

    bool both_are_up() const { return seen("vif1.0").up && seen("vif1.0-emu").up; }
    bool both_are_down() const { return !seen("vif1.0").up && !seen("vif1.0-emu").up; }
    bool both_are_on(const std::string& bridge) const {
        return seen("vif1.0").master == bridge && seen("vif1.0-emu").master == bridge;
    }

    bool has_said(const std::string& sentence) const { return said().find(sentence + "\n") != std::string::npos; }
};

class VifplugdVlans : public VifAndTap {
  protected:
    void SetUp() override {
        if (run(split("ip link set dev xenbr0 type bridge vlan_filtering 1")).status != 0)
            GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
        write(backend + "/vlan", "10");
        start();
        ASSERT_EQ(vlans_of("vif1.0"), "10p");
    }

    void start_tap() const {
        make_tap();
        ASSERT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << said();
    }

    void let_the_bridge_filter(bool filters) const {
        ip(std::string("link set dev xenbr0 type bridge vlan_filtering ") + (filters ? "1" : "0"));
    }

    bool both_are_in_their_vlan() const {
        return both_are_up() && both_are_on("xenbr0") && vlans_of("vif1.0") == "10p" && vlans_of("vif1.0-emu") == "10p";
    }

    /// What is asked of the vif while the daemon runs, and cannot be had.
    void ask_in_vain(const std::string& key, const std::string& value, const std::string& becomes) const {
        write(backend + "/" + key, value);
        ASSERT_TRUE(eventually([&] { return phase("1.0") == becomes; })) << said();
    }

    const std::string lets_all_through = ": bridge xenbr0 does not filter VLANs and would let all of them through";
};

TEST_F(VifplugdVlans, PutsBackTheVlansOfAPort) {
    int changes = 0;
    for (const char* change :
         {"vlan add dev vif1.0 vid 20", "vlan del dev vif1.0 vid 10", "vlan add dev vif1.0 vid 1 pvid untagged"}) {
        must(split(std::string("bridge ") + change));
        ++changes;
        EXPECT_TRUE(eventually([&] { return status("1.0").at("vifs").at(0).at("repairs") == changes; }))
            << change << said();
        EXPECT_EQ(vlans_of("vif1.0"), "10p") << change;
    }
    EXPECT_NE(said().find("vif1.0: found with VLANs 10p/20 instead of 10p; put back"), std::string::npos) << said();
    EXPECT_TRUE(seen("vif1.0").up);
}

TEST_F(VifplugdVlans, FollowsAChangedNode) {
    write(backend + "/vlan", "10p/30");
    EXPECT_TRUE(eventually([&] { return vlans_of("vif1.0") == "10p/30"; }));
    EXPECT_EQ(status("1.0").at("vifs").at(0).at("repairs"), 0);
    remove(backend + "/vlan");
    EXPECT_TRUE(eventually([&] { return vlans_of("vif1.0") == "1p"; }));
}

/// What becomes of its frames is for the tests of vif-bridge to say, which does the same.
TEST_F(VifplugdVlans, AVifStaysUpWhileItsVlansChange) {
    const auto changes = watch("vif1.0", [&] {
        write(backend + "/vlan", "10p/30");
        EXPECT_TRUE(eventually([&] { return vlans_of("vif1.0") == "10p/30"; }));
    });
    for (const std::string& change : changes)
        EXPECT_TRUE(is_up_in(change)) << change;
}

TEST_F(VifplugdVlans, SetsAVifDownWhoseBridgeStopsFiltering) {
    ip("link set dev xenbr0 type bridge vlan_filtering 0");
    EXPECT_TRUE(eventually([&] { return !seen("vif1.0").up; }));
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "failed"; }));
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
    ip("link set dev xenbr0 type bridge vlan_filtering 1");
    EXPECT_TRUE(eventually([&] { return seen("vif1.0").up && vlans_of("vif1.0") == "10p"; }));
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
}

TEST_F(VifplugdVlans, SetsATapDownWithItsVifWhereTheBridgeStopsFiltering) {
    start_tap();
    let_the_bridge_filter(false);
    EXPECT_TRUE(eventually([&] { return both_are_down(); })) << link_picture() << said();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "failed"; }));
    EXPECT_TRUE(both_are_on("xenbr0"));
    ip("link set dev vif1.0-emu up"); // as a device model's script may
    EXPECT_TRUE(eventually([&] { return both_are_down(); })) << link_picture() << said();
    let_the_bridge_filter(true);
    EXPECT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed" && is_connected(1, 0); })) << said();
}

/// They stay where they were: but not among all VLANs.
TEST_F(VifplugdVlans, SetsBothDownWhereTheBridgeStopsFilteringThoughTheyAreMeantForAnother) {
    start_tap();
    ask_in_vain("bridge", "xenbr9", "waiting");
    EXPECT_TRUE(both_are_in_their_vlan()) << link_picture() << said();
    let_the_bridge_filter(false);
    EXPECT_TRUE(eventually([&] { return both_are_down(); })) << link_picture() << said();
    for (const char* netdev : {"vif1.0", "vif1.0-emu"})
        EXPECT_TRUE(eventually([&] { return has_said(netdev + lets_all_through + "; set down"); })) << said();
    EXPECT_EQ(phase("1.0"), "waiting");
    let_the_bridge_filter(true);
    write(backend + "/bridge", "xenbr0");
    EXPECT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed" && is_connected(1, 0); })) << said();
}

/// Filtering comes back last.
TEST_F(VifplugdVlans, SetsBothDownWhereTheBridgeStopsFilteringThoughTheirVlansAreNoneAnyMore) {
    start_tap();
    ask_in_vain("vlan", "ten", "failed");
    EXPECT_TRUE(both_are_in_their_vlan()) << link_picture() << said();
    let_the_bridge_filter(false);
    EXPECT_TRUE(eventually([&] { return both_are_down(); })) << link_picture() << said();
    write(backend + "/vlan", "10");
    EXPECT_TRUE(eventually([&] { return said().find("vlan='10p'" + lets_all_through) != std::string::npos; }))
        << said();
    EXPECT_TRUE(both_are_down()) << link_picture();
    let_the_bridge_filter(true);
    EXPECT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed" && is_connected(1, 0); })) << said();
}

/// Nothing was placed by it so far.
TEST_F(VifplugdVlans, ADaemonThatStartsAnewSetsBothDownWhereTheBridgeStopsFilteringToo) {
    start_tap();
    ask_in_vain("bridge", "xenbr9", "waiting");
    (void)stop();
    start();
    let_the_bridge_filter(false);
    EXPECT_TRUE(eventually([&] { return both_are_down(); })) << link_picture() << said();
    let_the_bridge_filter(true);
    write(backend + "/bridge", "xenbr0");
    EXPECT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
}

TEST_F(VifplugdVlans, SetsATapDownWhereTheBridgeStopsFilteringThoughItsVifIsGone) {
    start_tap();
    ip("link delete dev vif1.0");
    ASSERT_TRUE(eventually([&] { return phase("1.0") == "waiting"; })) << said();
    EXPECT_TRUE(seen("vif1.0-emu").up);
    let_the_bridge_filter(false);
    EXPECT_TRUE(eventually([&] { return !seen("vif1.0-emu").up; })) << link_picture() << said();
    let_the_bridge_filter(true);
    make_netdev("vif1.0", "guest1.0");
    EXPECT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
}

TEST_F(VifplugdVlans, ABridgeThatWasMadeAgainWithoutFilteringGetsNoVif) {
    ip("link delete dev xenbr0");
    ASSERT_TRUE(eventually([&] { return phase("1.0") == "waiting"; }));
    ip("link add name xenbr0 type bridge");
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "failed"; }));
    EXPECT_EQ(seen("vif1.0").master, "");
    ip("link set dev xenbr0 type bridge vlan_filtering 1");
    ip("link set dev xenbr0 up"); // the kernel tells nothing of a bridge that is down
    EXPECT_TRUE(eventually([&] { return vlans_of("vif1.0") == "10p" && seen("vif1.0").up; }));
}

TEST_F(VifplugdVlans, CarriesTheVlansOnTheUplinkFromTheFirstVifToTheLast) {
    make_netdev("peth0", "wire");
    ip("link set dev peth0 master xenbr0 up");
    std::ofstream(configuration) << "[[bridge]]\nnetdev = \"peth0\"\nname = \"xenbr0\"\nvlans = \"auto\"\n";
    ASSERT_EQ(vifplug({"reload"}).status, 0);
    write(backend + "/vlan", "11");
    EXPECT_TRUE(eventually([&] { return vlans_of("peth0") == "1p/11"; })) << vlans_of("peth0");
    must(split("bridge vlan del dev peth0 vid 11"));
    EXPECT_TRUE(eventually([&] { return vlans_of("peth0") == "1p/11"; })) << vlans_of("peth0");
    write(backend + "/online", "0");
    write(backend + "/state", "5");
    EXPECT_TRUE(eventually([&] { return vlans_of("peth0") == "1p"; })) << vlans_of("peth0");
}

TEST_F(VifplugdVlans, FindsAllInPlaceWhenItStartsAnew) {
    const std::string before = must(split("bridge vlan show")) + link_picture();
    (void)stop();
    start();
    EXPECT_EQ(phase("1.0"), "placed");
    EXPECT_EQ(must(split("bridge vlan show")) + link_picture(), before);
    EXPECT_EQ(said(), "vifplugd: looks after 1 vifs\n");
}

/// A bridge that was made for a VLAN has nothing to filter.
class VifplugdVlanDevices : public VifAndTap {
  protected:
    void SetUp() override {
        make_netdev("peth0", "wire");
        ip("link set dev peth0 master xenbr0 up");
        if (run(split("ip link add link peth0 name any.7 type vlan id 7")).status != 0)
            GTEST_SKIP() << "this kernel has no 802.1Q";
        ip("link delete dev any.7");
        std::ofstream(configuration) << "[[bridge]]\nnetdev = \"peth0\"\nname = \"xenbr0\"\nvlan-mode = \"device\"\n";
        write(backend + "/vlan", "10");
        start();
        make_tap();
        ASSERT_TRUE(eventually([&] { return both_are_in_their_vlan(); })) << link_picture() << said();
    }

    bool both_are_in_their_vlan() const { return both_are_up() && both_are_on("xenbr0.10"); }
};

TEST_F(VifplugdVlanDevices, BothStayUpWhenWhatTheyAskForCannotBeHad) {
    struct Wish {
        const char *key, *in_vain, *becomes, *before;
    };
    for (const Wish& wish : {Wish{"bridge", "xenbr9", "waiting", "xenbr0"}, Wish{"mtu", "many", "failed", "1500"},
                             Wish{"vlan", "10p/20", "failed", "10"}}) {
        const std::string node = backend + "/" + wish.key;
        const auto changes = watch("vif1.0", [&] {
            write(node, wish.in_vain);
            EXPECT_TRUE(eventually([&] { return phase("1.0") == wish.becomes; })) << wish.key << said();
            EXPECT_TRUE(both_are_in_their_vlan()) << wish.key << link_picture() << said();
            write(node, wish.before);
            EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; })) << wish.key << said();
        });
        for (const std::string& change : changes)
            EXPECT_TRUE(is_up_in(change)) << wish.key << ": " << change;
    }
    EXPECT_TRUE(both_are_in_their_vlan()) << link_picture() << said();
    EXPECT_EQ(said().find("set down"), std::string::npos) << said();
}

TEST_F(VifplugdVlanDevices, BothStayUpWhenADaemonThatStartsAnewFindsThatItCannotBeHad) {
    write(backend + "/bridge", "xenbr9");
    ASSERT_TRUE(eventually([&] { return phase("1.0") == "waiting"; })) << said();
    (void)stop();
    start();
    EXPECT_EQ(phase("1.0"), "waiting");
    EXPECT_TRUE(both_are_in_their_vlan()) << link_picture() << said();
    EXPECT_EQ(said().find("set down"), std::string::npos) << said();
}

} // namespace
} // namespace vifplug::test
