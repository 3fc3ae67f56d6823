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

class VifplugdVlans : public DaemonWorld {
  protected:
    void SetUp() override {
        if (run(split("ip link set dev xenbr0 type bridge vlan_filtering 1")).status != 0)
            GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
        write(backend + "/vlan", "10");
        start();
        ASSERT_EQ(vlans_of("vif1.0"), "10p");
    }

    static std::string vlans_of(const std::string& netdev) {
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
};

TEST_F(VifplugdVlans, PutsBackTheVlansOfAPort) {
    for (const char* change :
         {"vlan add dev vif1.0 vid 20", "vlan del dev vif1.0 vid 10", "vlan add dev vif1.0 vid 1 pvid untagged"}) {
        must(split(std::string("bridge ") + change));
        EXPECT_TRUE(eventually([&] { return vlans_of("vif1.0") == "10p"; })) << change;
    }
    EXPECT_TRUE(eventually([&] { return status("1.0").at("vifs").at(0).at("repairs") == 3; })) << said();
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
        EXPECT_EQ(change.find("DOWN"), std::string::npos) << change;
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

} // namespace
} // namespace vifplug::test
