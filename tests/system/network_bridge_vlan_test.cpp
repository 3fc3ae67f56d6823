// SPDX-License-Identifier: LGPL-2.1-or-later
//
// network-bridge with bridges that filter VLANs: the host keeps its network, guests get theirs.
#include "support/eventually.hpp"
#include "support/xenstored.hpp"
#include "system/uplink_world.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

namespace vifplug::test {
namespace {

using nlohmann::json;

bool kernel_filters() {
    if (run(split("ip link add name probe type bridge vlan_filtering 1")).status != 0)
        return false;
    must(split("ip link delete dev probe"));
    return true;
}

class Vlans : public UplinkWorld {
  protected:
    void SetUp() override {
        if (!kernel_filters())
            GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
    }

    static bool filters(const std::string& bridge) {
        const json link = json::parse(show("-j -d link show dev " + bridge)).at(0);
        return link.at("linkinfo").at("info_data").at("vlan_filtering") == 1;
    }

    /// In the words of vlans=.
    static std::string vlans_of(const std::string& netdev) {
        const json ports = json::parse(must(split("bridge -j -compressvlans vlan show dev " + netdev)));
        std::string text;
        for (const json& port : ports)
            for (const json& vlan : port.at("vlans")) {
                text += (text.empty() ? "" : "/") + std::to_string(vlan.at("vlan").get<int>());
                if (vlan.contains("vlanEnd"))
                    text += "-" + std::to_string(vlan.at("vlanEnd").get<int>());
                const auto flags = vlan.value("flags", std::vector<std::string>());
                if (std::count(flags.begin(), flags.end(), "PVID") != 0)
                    text += "p";
                else if (std::count(flags.begin(), flags.end(), "Egress Untagged") != 0)
                    text += "u";
            }
        return text;
    }

    static std::string vlan_picture() {
        return must(split("bridge vlan show")) +
               must({"sh", "-c", "ip -d link show | grep -o 'vlan_filtering .' || true"});
    }

    /// All there is, also of VLANs.
    static std::string whole_picture() { return picture() + vlan_picture(); }

    /// The remote host is on a VLAN, with tags.
    static void put_the_wire_on(int vlan) {
        const std::string name = "wire0." + std::to_string(vlan);
        ip("-n wire link add link wire0 name " + name + " type vlan id " + std::to_string(vlan));
        ip("-n wire link set dev " + name + " up");
        ip("-n wire address add 198.51." + std::to_string(vlan) + ".1/24 dev " + name);
    }

    /// A guest on the bridge, without a vlan= of its own.
    static void make_guest(const std::string& bridge, const std::string& address) {
        ip("netns add guest");
        ip("link add name vif7.0 type veth peer name guest0 netns guest");
        ip("link set dev vif7.0 master " + bridge);
        ip("link set dev vif7.0 up");
        ip("-n guest link set dev guest0 up");
        ip("-n guest address add " + address + " dev guest0");
    }

    static void give_guest_vlan(int vlan) {
        must(split("bridge vlan del dev vif7.0 vid 1"));
        must(split("bridge vlan add dev vif7.0 vid " + std::to_string(vlan) + " pvid untagged"));
    }

    static bool guest_reaches(const std::string& address) {
        return run(split("ip netns exec guest ping -q -c 1 -W 3 " + address)).status == 0;
    }
};

/// The words of a start, and what is called how after it.
struct Layout {
    const char* name;
    const char* words;
    const char* bridge;
    const char* own; ///< the host's own port
};

void PrintTo(const Layout& layout, std::ostream* out) {
    *out << layout.name;
}

class EachVlans : public Vlans, public testing::WithParamInterface<Layout> {
  protected:
    static void start_with(const std::string& words) { start(GetParam().words + (" " + words)); }
    static std::string bridge() { return GetParam().bridge; }
    static std::string own() { return GetParam().own; }
};

INSTANTIATE_TEST_SUITE_P(Layouts, EachVlans,
                         testing::Values(Layout{"veth", "topology=veth", "xenbr0", "vif0.0"},
                                         Layout{"bridge", "topology=bridge", "eth0", "eth0"},
                                         Layout{"bridge_of_another_name", "topology=bridge bridge=xenbr7", "xenbr7",
                                                "xenbr7"}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(EachVlans, FilteringAloneChangesNothingForTheHost) {
    const std::string before = picture();
    start_with("vlan_filtering=yes");
    EXPECT_TRUE(filters(bridge()));
    EXPECT_EQ(vlans_of("peth0"), "1p");
    EXPECT_EQ(vlans_of(own()), "1p");
    EXPECT_TRUE(reaches_the_gateway());
    stop();
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(EachVlans, WithoutTheKeyABridgeDoesNotFilter) {
    start_with("");
    EXPECT_FALSE(filters(bridge()));
}

TEST_P(EachVlans, WithAListTheHostStaysInTheNativeVlan) {
    const std::string before = picture();
    start_with("vlan_filtering=yes vlans=10p/20-30");
    EXPECT_TRUE(filters(bridge()));
    EXPECT_EQ(vlans_of("peth0"), "10p/20-30");
    EXPECT_EQ(vlans_of(own()), "10p");
    EXPECT_TRUE(reaches_the_gateway()) << "who speaks without tags";
    stop();
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(EachVlans, AGuestReachesItsOwnVlanOnTheWireAndNoOther) {
    put_the_wire_on(20);
    put_the_wire_on(40);
    start_with("vlan_filtering=yes vlans=10p/20-30");
    make_guest(bridge(), "198.51.20.7/24");
    ip("-n guest address add 198.51.40.7/24 dev guest0");
    ip("-n guest address add 192.0.2.77/24 dev guest0");
    EXPECT_FALSE(guest_reaches("198.51.20.1")) << "it is in VLAN 1, which the NIC has not";
    give_guest_vlan(20);
    EXPECT_TRUE(guest_reaches("198.51.20.1"));
    EXPECT_FALSE(guest_reaches("192.0.2.1")) << "the host's network";
    EXPECT_FALSE(guest_reaches("192.0.2.10")) << "the host";
    give_guest_vlan(40);
    must(split("bridge vlan del dev vif7.0 vid 20"));
    EXPECT_FALSE(guest_reaches("198.51.40.1")) << "not in the list";
}

TEST_P(EachVlans, AGuestInTheNativeVlanReachesTheHost) {
    start_with("vlan_filtering=yes vlans=10p/20");
    make_guest(bridge(), "192.0.2.77/24");
    give_guest_vlan(10);
    EXPECT_TRUE(guest_reaches("192.0.2.10"));
    EXPECT_TRUE(guest_reaches("192.0.2.1"));
}

TEST_P(EachVlans, ASecondStartChangesNothingAndRepairsWhatWasChanged) {
    start_with("vlan_filtering=yes vlans=10p/20-30");
    const std::string whole = whole_picture();
    start_with("vlan_filtering=yes vlans=10p/20-30");
    EXPECT_EQ(whole_picture(), whole);
    EXPECT_EQ(network_bridge("status").status, 0);
    ip("link set dev " + bridge() + " type bridge vlan_filtering 0");
    must(split("bridge vlan del dev peth0 vid 25"));
    must(split("bridge vlan add dev peth0 vid 77"));
    const Result broken = network_bridge("status");
    EXPECT_EQ(broken.status, 1);
    EXPECT_NE(broken.out.find("VLAN"), std::string::npos) << broken.out;
    start_with("vlan_filtering=yes vlans=10p/20-30");
    EXPECT_EQ(whole_picture(), whole);
    EXPECT_EQ(network_bridge("status").status, 0);
    must(split("bridge vlan del dev peth0 vid 25"));
    const Result recovered = network_bridge("recover");
    EXPECT_EQ(recovered.status, 0) << recovered.err;
    EXPECT_EQ(whole_picture(), whole);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(EachVlans, AutomaticallyOtherVlansOnTheNicAreNoDifference) {
    start_with("vlan_filtering=yes vlans=auto");
    must(split("bridge vlan add dev peth0 vid 77"));
    EXPECT_EQ(network_bridge("status").status, 0);
    start_with("vlan_filtering=yes");
    EXPECT_EQ(vlans_of("peth0"), "1p/77");
}

TEST_P(EachVlans, ADryRunSaysItAll) {
    const std::string before = picture();
    const Result told =
        network_bridge(std::string("start --dry-run vlan_filtering=yes vlans=10p/20 ") + GetParam().words);
    EXPECT_EQ(told.status, 0) << told.err;
    const auto says = [&](const std::string& line) { return told.out.find(line) != std::string::npos; };
    EXPECT_TRUE(says("which filters VLANs\n")) << told.out;
    EXPECT_TRUE(says("give peth0 the VLANs 10p/20\n")) << told.out;
    EXPECT_TRUE(says(" the VLANs 10p\n")) << told.out;
    expect_untouched(before);
}

TEST_P(EachVlans, StatusSaysThem) {
    start_with("vlan_filtering=yes vlans=10p/20-30");
    const Result said = network_bridge("status");
    EXPECT_EQ(said.status, 0);
    EXPECT_NE(said.out.find("filtered; NIC 10p/20-30, host 10p\n"), std::string::npos) << said.out;
    const json vlans = json::parse(network_bridge("status --json").out).at("uplinks").at(0).at("vlans");
    EXPECT_EQ(vlans, (json{{"filtering", true}, {"asked", "10p/20-30"}, {"nic", "10p/20-30"}, {"host", "10p"}}));
}

TEST_P(EachVlans, AStartThatNobodyConfirmsIsTakenBack) {
    const std::string before = picture();
    start_with("vlan_filtering=yes vlans=10p/20 confirm=1");
    EXPECT_TRUE(eventually([] { return !exists("peth0"); }));
    (void)network_bridge("recover"); // waits for the guard
    expect_untouched(before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(EachVlans, VlanDevicesOnTheNicKeepTheirFrames) {
    put_the_wire_on(100);
    ip("link add link eth0 name eth0.100 type vlan id 100");
    ip("link set dev eth0.100 up");
    ip("address add 198.51.100.10/24 dev eth0.100");
    const auto reaches = [] { return run(split("ping -q -c 1 -W 3 198.51.100.1")).status == 0; };
    ASSERT_TRUE(reaches());
    const std::string before = picture();
    start_with("vlan_filtering=yes vlans=1p/2-4094");
    EXPECT_EQ(vlans_of("peth0"), "1p/2-4094");
    EXPECT_TRUE(reaches()) << "in the list or not";
    EXPECT_TRUE(reaches_the_gateway());
    stop();
    expect_untouched(before);
    start_with("vlan_filtering=yes vlans=10");
    EXPECT_TRUE(reaches());
    stop();
    expect_untouched(before);
    EXPECT_TRUE(reaches());
}

// --- a bridge that was there ----------------------------------------------------------------------------------------

class VlansThere : public Vlans, public testing::WithParamInterface<const char*> {
  protected:
    static std::string words(const std::string& more) {
        return std::string("bridge=br7 topology=") + GetParam() + " " + more;
    }
    /// It has no carrier before its first port comes, and some routes of its own after: so only VLANs are compared.
    static void make_bridge(const std::string& filtering) {
        ip("link add name br7 address 02:00:00:00:00:07 type bridge vlan_filtering " + filtering);
        ip("link set dev br7 up");
        must(split("bridge vlan add dev br7 vid 77 self"));
    }
    static std::string own() { return GetParam() == std::string("veth") ? "vif0.0" : "br7"; }
};

INSTANTIATE_TEST_SUITE_P(Topologies, VlansThere, testing::Values("veth", "bridge"),
                         [](const auto& each) { return std::string(each.param); });

TEST_P(VlansThere, FilteringIsTurnedOnAndGivenBack) {
    make_bridge("0");
    const std::string before = vlan_picture();
    start(words("vlan_filtering=yes"));
    EXPECT_TRUE(filters("br7"));
    EXPECT_TRUE(reaches_the_gateway());
    stop();
    EXPECT_EQ(vlan_picture(), before);
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(VlansThere, WithAListItGetsBackItsOwnVlans) {
    make_bridge("0");
    const std::string before = vlan_picture();
    start(words("vlan_filtering=yes vlans=10p/20"));
    EXPECT_EQ(vlans_of("peth0"), "10p/20");
    EXPECT_EQ(vlans_of(own()), own() == "br7" ? "10p/77" : "10p");
    EXPECT_EQ(vlans_of("br7"), own() == "br7" ? "10p/77" : "1p/77");
    EXPECT_TRUE(reaches_the_gateway());
    EXPECT_EQ(network_bridge("status").status, 0);
    stop();
    EXPECT_EQ(vlan_picture(), before);
}

TEST_P(VlansThere, OneThatFilteredGoesOnFiltering) {
    make_bridge("1");
    const std::string before = vlan_picture();
    start(words("vlans=10p/20"));
    EXPECT_EQ(vlans_of("peth0"), "10p/20");
    EXPECT_TRUE(reaches_the_gateway());
    stop();
    EXPECT_EQ(vlan_picture(), before);
    EXPECT_TRUE(filters("br7"));
}

TEST_P(VlansThere, WithoutAKeyItStaysAsItIs) {
    make_bridge("1");
    start(words(""));
    EXPECT_TRUE(filters("br7"));
    EXPECT_EQ(vlans_of("peth0"), "1p");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(VlansThere, OneThatFiltersIsNotTurnedOff) {
    make_bridge("1");
    const std::string before = picture();
    expect_refused(network_bridge("start " + words("vlan_filtering=no")),
                   "vlan_filtering='no': bridge br7 filters VLANs, and without that its guests would see each other's",
                   before);
    EXPECT_TRUE(filters("br7"));
}

TEST_P(VlansThere, AListNeedsFiltering) {
    make_bridge("0");
    const std::string before = picture();
    expect_refused(network_bridge("start " + words("vlans=10")),
                   "vlans='10p': bridge br7 does not filter VLANs, which vlan_filtering=yes turns on", before);
}

TEST_P(VlansThere, FilteringStaysWhileAGuestReliesOnIt) {
    make_bridge("0");
    start(words("vlan_filtering=yes"));
    make_guest("br7", "198.51.20.7/24");
    give_guest_vlan(20);
    const Result result = network_bridge("stop");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("br7 goes on filtering VLANs"), std::string::npos) << result.err;
    EXPECT_TRUE(filters("br7"));
    EXPECT_EQ(vlans_of("vif7.0"), "20p");
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(VlansThere, FilteringStaysAlsoWhenItIsTakenBack) {
    make_bridge("0");
    start(words("vlan_filtering=yes confirm=600"));
    make_guest("br7", "198.51.20.7/24");
    give_guest_vlan(20);
    let_confirmation_time_pass();
    const Result result = network_bridge("recover");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_FALSE(exists("peth0"));
    EXPECT_TRUE(filters("br7"));
    EXPECT_TRUE(reaches_the_gateway());
}

TEST_P(VlansThere, AGuestWithoutVlansOfItsOwnDoesNotHinderTurningFilteringOff) {
    make_bridge("0");
    make_guest("br7", "192.0.2.77/24");
    start(words("vlan_filtering=yes"));
    EXPECT_TRUE(guest_reaches("192.0.2.10"));
    EXPECT_TRUE(guest_reaches("192.0.2.1"));
    stop();
    EXPECT_FALSE(filters("br7"));
}

/// Somebody else's bridge br7, which filters, with guest 7's vif7.0 on it, placed by vif-bridge.
class VlansOfGuests : public Vlans {
  protected:
    void SetUp() override {
        Vlans::SetUp();
        if (IsSkipped())
            return;
        ip("link add name br7 address 02:00:00:00:00:07 type bridge vlan_filtering 1");
        ip("link set dev br7 up");
        make_guest("br7", "198.51.20.7/24");
        ip("link set dev vif7.0 nomaster");
        must({"xenstore-write", "/local/domain/0/backend/vif/7/0/bridge", "br7", "/local/domain/0/backend/vif/7/0/vlan",
              "20"},
             {{"XENSTORED_RUNDIR", store_.rundir()}});
        const Result result = vif_bridge("online");
        ASSERT_EQ(result.status, 0) << result.err;
        ASSERT_EQ(vlans_of("vif7.0"), "20p");
        put_the_wire_on(20);
    }

    Result vif_bridge(const std::string& verb) const {
        return run({program("vif-bridge"), verb, "type_if=vif"},
                   environment(
                       {{"XENBUS_PATH", "backend/vif/7/0"}, {"vif", "vif7.0"}, {"XENSTORED_RUNDIR", store_.rundir()}}));
    }

  private:
    Xenstored store_{"/run/store"};
};

TEST_F(VlansOfGuests, ANicThatComesToThemCarriesThemAtOnceAndUntilTheyGo) {
    for (int round = 0; round < 2; ++round) { // the second time it comes back
        start("bridge=br7 vlans=auto");
        EXPECT_EQ(vlans_of("peth0"), "1p/20");
        EXPECT_TRUE(guest_reaches("198.51.20.1"));
        const Result result = network_bridge("stop");
        EXPECT_EQ(result.status, 0) << result.err;
    }
    start("bridge=br7 vlans=auto");
    EXPECT_EQ(vif_bridge("offline").status, 0);
    EXPECT_EQ(vlans_of("peth0"), "1p");
}

TEST_F(VlansOfGuests, ASecondStartAndRecoverMendThem) {
    start("bridge=br7 vlans=auto");
    for (const std::string verb : {"start bridge=br7", "recover"}) {
        must(split("bridge vlan del dev peth0 vid 20"));
        const Result result = network_bridge(verb);
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_NE(result.err.find("peth0: carries VLAN 20 from now on"), std::string::npos) << result.err;
        EXPECT_EQ(vlans_of("peth0"), "1p/20");
        ip("link set dev peth0 nomaster"); // somebody takes it off
        const Result mended = network_bridge(verb);
        EXPECT_EQ(mended.status, 0) << mended.err;
        EXPECT_EQ(vlans_of("peth0"), "1p/20");
    }
}

TEST_F(VlansOfGuests, AStopThatIsTakenBackBringsThemBack) {
    start("bridge=br7 vlans=auto");
    ip("netns add inner"); // a gateway that the bridge alone leads to
    ip("link add name inner0 type veth peer name gate0 netns inner");
    ip("-n inner link set dev gate0 up");
    ip("-n inner address add 192.0.2.99/24 dev gate0");
    ip("link set dev inner0 up master br7");
    ip("route add 10.99.0.0/16 via 192.0.2.99");
    ASSERT_EQ(run(split("ping -q -c 1 -W 10 192.0.2.99")).status, 0);
    const Result result = network_bridge("stop verify=1");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("reach gateway 192.0.2.99"), std::string::npos) << result.err;
    EXPECT_EQ(master_of("peth0"), "br7");
    EXPECT_EQ(vlans_of("peth0"), "1p/20");
}

TEST_F(VlansOfGuests, ANicWithAListDoesNotAndThatIsSaid) {
    const Result result = network_bridge("start bridge=br7 vlans=10p/30");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("peth0 does not carry VLAN 20: vlans='10p/30' says what it carries"), std::string::npos)
        << result.err;
    EXPECT_EQ(vlans_of("peth0"), "10p/30");
}

TEST_F(Vlans, ANicThatKeepsItsMacHasNoEntryOfTheBridgesOwnInAnyVlan) {
    ip("link add name s0 type veth peer name w0 netns wire");
    ip("-n wire link set dev w0 up");
    ip("-n wire address add 192.0.3.1/24 dev w0");
    ip("link add name bond0 type bond mode active-backup fail_over_mac active");
    ip("link set dev s0 master bond0");
    ip("link set dev bond0 up");
    ip("address add 192.0.3.10/24 dev bond0");
    const std::string mac = mac_of("bond0");
    start("netdev=bond0 bridge=xenbr5 vifnum=5 vlan_filtering=yes vlans=10p/20-30");
    EXPECT_EQ(mac_of("pbond0"), mac);
    EXPECT_EQ(vlans_of("pbond0"), "10p/20-30");
    const std::string entries = must(split("bridge fdb show dev pbond0"));
    std::size_t own = 0;
    for (std::size_t at = entries.find(mac); at != std::string::npos; at = entries.find(mac, at + 1)) {
        const std::string line = entries.substr(at, entries.find('\n', at) - at);
        own += line.find("master") != std::string::npos && line.find("permanent") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(own, 0u) << entries;
    EXPECT_EQ(run(split("ping -q -c 1 -W 3 192.0.3.1")).status, 0);
    stop("netdev=bond0");
}

TEST_F(Vlans, TheFileSaysItToo) {
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = 'eth0'\nvlan_filtering = true\nvlans = '10p/20'\n";
    const Result result = wrapper("start");
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(filters("xenbr0"));
    EXPECT_EQ(vlans_of("peth0"), "10p/20");
    EXPECT_TRUE(reaches_the_gateway());
}

// --- any kernel -----------------------------------------------------------------------------------------------------

class AnyKernel : public UplinkWorld {};

TEST_F(AnyKernel, FiltersOrLeavesEverythingAsItWas) {
    const bool can = kernel_filters();
    const std::string before = picture();
    for (const std::string topology : {"veth", "bridge"}) {
        const Result result = network_bridge("start vlan_filtering=yes topology=" + topology);
        if (can) {
            EXPECT_EQ(result.status, 0) << result.err;
            stop();
        } else {
            EXPECT_EQ(result.status, 1);
            EXPECT_NE(result.err.find("the bridges of this kernel cannot filter VLANs); everything is as it was"),
                      std::string::npos)
                << result.err;
        }
        expect_untouched(before);
        EXPECT_TRUE(reaches_the_gateway());
    }
}

TEST_F(AnyKernel, ABridgeThatIsThereFiltersOrIsLeftAlone) {
    const bool can = kernel_filters();
    ip("link add name br7 address 02:00:00:00:00:07 type bridge");
    ip("link set dev br7 up");
    const std::string before = picture();
    const Result result = network_bridge("start bridge=br7 vlan_filtering=yes");
    if (can) {
        EXPECT_EQ(result.status, 0) << result.err;
        stop();
        EXPECT_TRUE(reaches_the_gateway());
    } else {
        expect_refused(result, "vlan_filtering='yes': the bridges of this kernel cannot filter VLANs", before);
    }
}

TEST_F(AnyKernel, RefusesContradictionsAndTouchesNothing) {
    const std::string before = picture();
    expect_refused(network_bridge("start vlan_filtering=no vlans=auto"), "vlans='auto': not with vlan_filtering=no",
                   before);
    expect_refused(network_bridge("start vlans=10p/20"),
                   "vlans='10p/20': bridge xenbr0 would not filter VLANs, which vlan_filtering=yes turns on", before);
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = 'eth0'\nvlan-mode = 'device'\nvlan_filtering = true\n";
    expect_refused(wrapper("start"), "/run/vifplug.toml:1: vlan-mode='device': not with vlan_filtering=yes", before);
}

TEST_F(AnyKernel, AModeIsWrittenDownForTheVifs) {
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = 'eth0'\nvlan-mode = 'device'\nvlan_filtering = false\n";
    const Result result = wrapper("start");
    ASSERT_EQ(result.status, 0) << result.err;
    const std::string records = must({"sh", "-c", "find " + std::string(rundir) + "/network -type f -exec cat {} +"});
    EXPECT_NE(records.find("\"vlan_mode\":\"device\""), std::string::npos) << records;
}

TEST_F(AnyKernel, AFileThatHasChangedSinceIsRemarkedOnAndChangesNothing) {
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = 'eth0'\nvlan-mode = 'device'\n";
    ASSERT_EQ(wrapper("start").status, 0);
    const std::string before = picture();
    EXPECT_EQ(wrapper("start").err.find("stop and start"), std::string::npos);
    std::ofstream("/run/vifplug.toml") << "[[bridge]]\nnetdev = 'eth0'\nvlan_filtering = true\n";
    const Result result = wrapper("start");
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("eth0 is set up with vlan_filtering='no' and vlan-mode='device' and stays so, while the "
                              "configuration says vlan_filtering='yes' and vlan-mode='filter': stop and start apply "
                              "that\n"),
              std::string::npos)
        << result.err;
    EXPECT_EQ(picture(), before);
    EXPECT_EQ(network_bridge("start netdev=eth0").err.find("stop and start"), std::string::npos)
        << "who says nothing of VLANs wants nothing of them";
}

} // namespace
} // namespace vifplug::test
