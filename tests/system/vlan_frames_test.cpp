// SPDX-License-Identifier: LGPL-2.1-or-later
//
// vlan=, and VLANs behind a bridge's name: what a guest's frames reach, and with which tags they arrive.
#include "support/eventually.hpp"
#include "system/frames.hpp"
#include "system/vif_world.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace vifplug::test {
namespace {

using namespace std::chrono_literals;

/// The guests' ends of their vifs, and the far end of the uplink peth0.
const std::string one = "guest1.0";
const std::string two = "guest2.0";
const std::string three = "guest3.0";
const std::string four = "guest4.0";
const std::string wire = "wire";

const std::string untagged = "untagged";
const std::string nothing = "nothing";

std::string content(const std::string& path) {
    std::string text;
    std::ifstream(path) >> text;
    return text;
}

void await(const std::string& path, const std::string& text) {
    if (!eventually([&] { return content(path) == text; }))
        throw std::runtime_error(path + " does not become " + text);
}

/// The other end of the pair, which is a port of the bridge.
std::string port_of(const std::string& netdev) {
    return netdev == wire ? "peth0" : netdev.starts_with("emu") ? "vif1.0-emu" : "vif" + netdev.substr(5);
}

/// Sends numbered frames, one after the other, from its making to its end.
class Stream {
  public:
    Stream(const std::string& netdev, std::string name)
        : socket_(netdev), name_(std::move(name)), thread_([this](const std::stop_token& stop) { send(stop); }) {}

    void end() {
        thread_.request_stop();
        thread_.join();
    }

    /// Until there are so many of them.
    void sends(std::size_t frames) const {
        EXPECT_TRUE(eventually([&] { return count_ >= frames; }));
    }

    const std::vector<std::string>& sent() const { return sent_; } ///< payloads; after end()
    int refused() const { return refused_; }                       ///< those that the kernel would not take

  private:
    void send(const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i, std::this_thread::sleep_for(1ms)) {
            const std::string payload = name_ + " " + std::to_string(i);
            try {
                socket_.send({untagged, payload});
                sent_.push_back(payload);
                ++count_;
            } catch (const std::system_error&) {
                ++refused_;
            }
        }
    }

    FrameSocket socket_;
    std::string name_;
    std::vector<std::string> sent_;
    std::atomic<std::size_t> count_ = 0;
    int refused_ = 0;
    std::jthread thread_;
};

class VlanFrames : public VifWorld {
  protected:
    void SetUp() override {
        if (run(split("ip link set dev xenbr0 type bridge vlan_filtering 1")).status != 0)
            GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
        // On one processor frames go through one queue.
        cpu_set_t processors;
        CPU_ZERO(&processors);
        CPU_SET(sched_getcpu(), &processors);
        ASSERT_EQ(sched_setaffinity(0, sizeof processors, &processors), 0);
    }

    static std::string backend_of(int domid) { return "/local/domain/0/backend/vif/" + std::to_string(domid) + "/0"; }

    /// Guest `domid` with vif-bridge's work done. Without vlan= when `vlan` is empty.
    void guest(int domid, const std::string& vlan, const std::string& bridge = "xenbr0") {
        if (domid != 1)
            make_vif(domid, 0, bridge);
        write(backend_of(domid) + "/bridge", bridge);
        if (!vlan.empty())
            write(backend_of(domid) + "/vlan", vlan);
        const Result result = online(domid);
        ASSERT_EQ(result.status, 0) << result.err;
        await_forwarding("guest" + std::to_string(domid) + ".0");
    }

    /// A port that is the host's own: the bridge's default VLAN is taken from it, and these are given.
    void uplink(const std::vector<std::string>& vlans) {
        make_netdev("peth0", wire);
        ip("link set dev peth0 master xenbr0 up");
        must(split("bridge vlan del dev peth0 vid 1"));
        for (const std::string& vlan : vlans)
            must(split("bridge vlan add dev peth0 vid " + vlan));
        await_forwarding(wire);
    }

    /// What the file says about the bridge xenbr0 with the NIC peth0.
    static void configure(const std::string& line) {
        std::ofstream(configuration) << "[[bridge]]\nnetdev = \"peth0\"\nname = \"xenbr0\"\n" << line << "\n";
    }

    /// The kernel notices a carrier some time after the link is up.
    void await_forwarding(const std::string& netdev) const {
        await("/sys/class/net/" + port_of(netdev) + "/brport/state", "3");
        await("/sys/class/net/" + netdev + "/operstate", "up");
    }

    FrameSocket& at(const std::string& netdev) { return sockets_.try_emplace(netdev, netdev).first->second; }

    /// All that has come in at a netdev, or is on its way there. A frame that crosses the bridge goes through the
    /// processor's queue twice, in at one port and out at another. A mark that the port itself sends goes through it
    /// once, so that after the second of two marks, the one sent when the other had come, there is nothing left.
    std::vector<Frame> all_at(const std::string& netdev) {
        std::vector<Frame> frames;
        for (int i = 0; i < 2; ++i) {
            const std::string mark = new_payload();
            at(port_of(netdev)).send({untagged, mark});
            for (;;) {
                const auto frame = at(netdev).receive(60s);
                if (!frame)
                    throw std::runtime_error("nothing arrives at " + netdev + " any more");
                if (frame->payload == mark)
                    break;
                frames.push_back(*frame);
            }
        }
        return frames;
    }

    /// Sends a frame, and says with which tags it arrives, or "nothing".
    std::string arrives(const std::string& from, const std::string& tags, const std::string& to,
                        const std::string& mac = everybody) {
        (void)at(to); // listens from here on
        const std::string payload = new_payload();
        at(from).send({tags, payload}, mac);
        std::string found = nothing;
        for (const Frame& frame : all_at(to))
            if (frame.payload == payload)
                found = found == nothing ? frame.tags : found + ", " + frame.tags;
        return found;
    }

    /// What bridge(8) says: "10 PVID Egress Untagged, 20".
    static std::string vlans_of(const std::string& port) {
        std::string text;
        const auto ports = nlohmann::json::parse(must({"bridge", "-j", "vlan", "show", "dev", port}));
        for (const auto& each : ports)
            for (const auto& vlan : each.value("vlans", nlohmann::json::array())) {
                text += (text.empty() ? "" : ", ") + std::to_string(vlan.at("vlan").get<int>());
                for (const auto& flag : vlan.value("flags", nlohmann::json::array()))
                    text += " " + flag.get<std::string>();
            }
        return text;
    }

    void hook(const std::string& line) const {
        std::filesystem::create_directories(hook_directory);
        const std::string file = hook_directory + "/50-vlan.hook";
        std::ofstream(file) << line << "\n";
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    /// The configuration and the port are of one mind: another run would do nothing.
    void expect_nothing_to_do(int domid = 1) const {
        const Result again = call({"--dry-run", "online", "type_if=vif"}, libxl(domid, 0));
        EXPECT_EQ(again.status, 0) << again.err;
        EXPECT_EQ(again.out, "");
    }

  private:
    std::string new_payload() { return "frame " + std::to_string(++payloads_); }

    std::map<std::string, FrameSocket> sockets_;
    int payloads_ = 0;
};

TEST_F(VlanFrames, L1_an_access_vlan_is_all_that_the_port_has) {
    guest(1, "10");
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged");
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(VlanFrames, L2_a_trunk_has_its_native_vlan_and_the_tagged_ones) {
    guest(1, "10p/20");
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged, 20");
    expect_nothing_to_do();
}

TEST_F(VlanFrames, L3_ranges_tagged_and_untagged) {
    guest(1, "1p/10-15/20-25u");
    EXPECT_EQ(vlans_of("vif1.0"), "1 PVID Egress Untagged, 10, 11, 12, 13, 14, 15, 20 Egress Untagged, "
                                  "21 Egress Untagged, 22 Egress Untagged, 23 Egress Untagged, 24 Egress Untagged, "
                                  "25 Egress Untagged");
    expect_nothing_to_do();
}

TEST_F(VlanFrames, L5_a_series_has_its_first_vlan_and_as_many_more) {
    guest(1, "10p/100+10x4");
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged, 100, 110, 120, 130, 140");
    expect_nothing_to_do();
}

TEST_F(VlanFrames, L7_a_second_run_repairs_what_somebody_changed) {
    guest(1, "10p/20");
    guest(3, "30");
    must(split("bridge vlan add dev vif1.0 vid 30 pvid untagged"));
    must(split("bridge vlan del dev vif1.0 vid 20"));
    EXPECT_EQ(arrives(one, untagged, three), untagged);
    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged, 20");
    EXPECT_EQ(arrives(one, untagged, three), nothing);
    EXPECT_EQ(arrives(three, untagged, one), nothing);
    EXPECT_TRUE(seen("vif1.0").up);
}

TEST_F(VlanFrames, AnAccessVlanReachesItselfAndNoOther) {
    guest(1, "10");
    guest(2, "10");
    guest(3, "20");
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(one, untagged, three), nothing);
    EXPECT_EQ(arrives(three, untagged, one), nothing);
    EXPECT_EQ(arrives(three, untagged, two), nothing);
    // By now the bridge knows where each of these is.
    EXPECT_EQ(arrives(one, untagged, two, at(two).mac()), untagged);
    EXPECT_EQ(arrives(one, untagged, three, at(three).mac()), nothing);
    EXPECT_EQ(arrives(three, untagged, one, at(one).mac()), nothing);
}

TEST_F(VlanFrames, ATagDoesNotLeadOutOfAnAccessVlan) {
    guest(1, "10");
    guest(2, "10");
    guest(3, "20");
    guest(4, "10p/20");
    for (const std::string tags : {"20", "ad20", "20 10", "10 20", "20 20", "ad10 20", "ad20 20", "10 ad20", "0 20"})
        EXPECT_EQ(arrives(one, tags, three), nothing) << tags;
    // Of its own VLAN, with a tag or with that of priorities alone, frames pass.
    EXPECT_EQ(arrives(one, "10", two), untagged);
    EXPECT_EQ(arrives(one, "0", two), untagged);
    // Where VLAN 20 has a tag, nothing arrives that is taken for it.
    EXPECT_EQ(arrives(one, "20", four), nothing);
    EXPECT_EQ(arrives(one, "20 10", four), nothing);
    EXPECT_EQ(arrives(one, "ad20", four), "ad20");
    EXPECT_EQ(arrives(one, "ad20", two), "ad20");
}

// The bridge looks at one tag. What is behind it is a guest's own affair, as long as the VLAN goes out with its tag.
TEST_F(VlanFrames, ATagBehindATagStaysInsideItsVlanWhereThatHasOne) {
    guest(1, "10");
    guest(2, "10");
    uplink({"10", "20"});
    EXPECT_EQ(arrives(one, "10 20", wire), "10 20");
    EXPECT_EQ(arrives(one, "ad20", wire), "10 ad20");
    EXPECT_EQ(arrives(one, "10 20", two), "20");
}

// Why a guest's VLAN is better not the native one of an uplink: the next switch sees the inner tag.
TEST_F(VlanFrames, ATagBehindATagComesToLightWhereTheVlanGoesOutWithoutOne) {
    guest(1, "10");
    guest(3, "20");
    uplink({"10 pvid untagged", "20"});
    EXPECT_EQ(arrives(one, "10 20", wire), "20");
    EXPECT_EQ(arrives(one, "10 20", three), nothing);
}

TEST_F(VlanFrames, ATrunkCarriesItsVlansAndNoOther) {
    guest(1, "10p/20");
    guest(2, "10");
    guest(3, "20");
    guest(4, "30");
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(one, untagged, three), nothing);
    EXPECT_EQ(arrives(one, "20", three), untagged);
    EXPECT_EQ(arrives(one, "20", two), nothing);
    EXPECT_EQ(arrives(one, "30", four), nothing);
    EXPECT_EQ(arrives(one, untagged, four), nothing);
    // A tag of the native VLAN is as good as none, on its way in.
    EXPECT_EQ(arrives(one, "10", two), untagged);
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(three, untagged, one), "20");
    EXPECT_EQ(arrives(four, untagged, one), nothing);
}

TEST_F(VlanFrames, AnUntaggedVlanThatIsNotTheNativeOneLosesItsTagOnTheWayOut) {
    guest(1, "10p/20-22u/30");
    guest(2, "10");
    guest(3, "21");
    guest(4, "30");
    EXPECT_EQ(arrives(three, untagged, one), untagged);
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(four, untagged, one), "30");
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(one, untagged, three), nothing);
    EXPECT_EQ(arrives(one, "21", three), untagged);
}

TEST_F(VlanFrames, BehindTheBridgesNameADotIsAnAccessVlan) {
    guest(1, "", "xenbr0.10");
    guest(2, "10");
    guest(3, "20");
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged");
    EXPECT_EQ(seen("vif1.0").master, "xenbr0");
    expect_nothing_to_do();
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(one, "20", three), nothing);
    EXPECT_EQ(arrives(one, untagged, three), nothing);
}

TEST_F(VlanFrames, BehindTheBridgesNameColonsAreATrunkWithoutANativeVlan) {
    guest(1, "", "xenbr0:20:30");
    guest(2, "", "xenbr0"); // in VLAN 1
    guest(3, "20");
    guest(4, "30");
    EXPECT_EQ(vlans_of("vif1.0"), "20, 30");
    expect_nothing_to_do();
    for (const std::string& other : {two, three, four}) {
        EXPECT_EQ(arrives(one, untagged, other), nothing) << other;
        EXPECT_EQ(arrives(one, "0", other), nothing) << other;
    }
    EXPECT_EQ(arrives(one, "20", three), untagged);
    EXPECT_EQ(arrives(one, "30", four), untagged);
    EXPECT_EQ(arrives(one, "1", two), nothing);
    EXPECT_EQ(arrives(three, untagged, one), "20");
    EXPECT_EQ(arrives(two, untagged, one), nothing);
}

TEST_F(VlanFrames, BehindTheBridgesNameADotAndColonsAreATrunkWithANativeVlan) {
    guest(1, "", "xenbr0.5:20:30");
    guest(2, "5");
    guest(3, "20");
    EXPECT_EQ(vlans_of("vif1.0"), "5 PVID Egress Untagged, 20, 30");
    expect_nothing_to_do();
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(one, "20", three), untagged);
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(three, untagged, one), "20");
}

TEST_F(VlanFrames, WhateverVlanTheBridgeGivesNewPorts) {
    guest(3, "20");
    for (const std::string given : {"0", "1", "4000"}) {
        ip("link set dev xenbr0 type bridge vlan_filtering 0");
        ip("link set dev xenbr0 type bridge vlan_default_pvid " + given);
        ip("link set dev xenbr0 type bridge vlan_filtering 1");
        // Ports that are there get it, too, when there was none before.
        ASSERT_EQ(online(3).status, 0);
        EXPECT_EQ(vlans_of("vif3.0"), "20 PVID Egress Untagged") << given;
        guest(1, "10");
        EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged") << given;
        ASSERT_EQ(offline().status, 0);
        guest(1, "20p/10");
        EXPECT_EQ(vlans_of("vif1.0"), "10, 20 PVID Egress Untagged") << given;
        EXPECT_EQ(arrives(one, untagged, three), untagged) << given;
        ASSERT_EQ(offline().status, 0);
        remove(backend + "/vlan");
        guest(1, "", "xenbr0:20:30");
        EXPECT_EQ(vlans_of("vif1.0"), "20, 30") << given;
        EXPECT_EQ(arrives(one, untagged, three), nothing) << given;
        ASSERT_EQ(offline().status, 0);
        guest(1, "");
        EXPECT_EQ(vlans_of("vif1.0"), given == "0" ? "" : given + " PVID Egress Untagged");
        EXPECT_EQ(arrives(one, untagged, three), nothing) << given;
        ASSERT_EQ(offline().status, 0);
    }
}

TEST_F(VlanFrames, VlanOneIsAVlanAsAnyOther) {
    guest(1, "1");
    guest(2, ""); // in VLAN 1 by the bridge's default
    guest(3, "10p/1");
    EXPECT_EQ(vlans_of("vif1.0"), "1 PVID Egress Untagged");
    EXPECT_EQ(vlans_of("vif3.0"), "1, 10 PVID Egress Untagged");
    expect_nothing_to_do(1);
    expect_nothing_to_do(3);
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(one, untagged, three), "1");
    EXPECT_EQ(arrives(three, "1", one), untagged);
    EXPECT_EQ(arrives(three, untagged, one), nothing);
}

TEST_F(VlanFrames, WithoutVlansAGuestHasTheBridgesDefault) {
    guest(1, "");
    guest(2, "");
    guest(3, "10");
    EXPECT_EQ(vlans_of("vif1.0"), "1 PVID Egress Untagged");
    expect_nothing_to_do();
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(arrives(one, untagged, three), nothing);
    EXPECT_EQ(arrives(one, "10", three), nothing);
    EXPECT_EQ(arrives(three, untagged, one), nothing);
}

TEST_F(VlanFrames, WhoIsToHaveNoneAnyMoreGoesBackToTheDefault) {
    guest(1, "10");
    guest(2, "");
    remove(backend + "/vlan");
    ASSERT_EQ(online().status, 0);
    EXPECT_EQ(vlans_of("vif1.0"), "1 PVID Egress Untagged");
    EXPECT_EQ(arrives(one, untagged, two), untagged);
}

TEST_F(VlanFrames, TheHostItselfIsInTheBridgesDefaultVlanAlone) {
    guest(1, "10p/20");
    guest(2, "");
    const FrameSocket& host = at("xenbr0");
    for (const std::string tags : {"untagged", "1", "10", "20", "20 1"})
        for (const std::string& mac : {everybody, host.mac()})
            at(one).send({tags, "of another VLAN"}, mac);
    at(two).send({untagged, "of the host's VLAN"});
    const auto first = host.receive(60s);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->payload, "of the host's VLAN");
}

TEST_F(VlanFrames, AnyListCanFollowOnAnyOther) {
    guest(1, "10");
    const std::vector<std::pair<std::string, std::string>> lists{
        {"10p/20", "10 PVID Egress Untagged, 20"},
        {"10/20p", "10, 20 PVID Egress Untagged"},
        {"10u/20p", "10 Egress Untagged, 20 PVID Egress Untagged"},
        {"10p/20u", "10 PVID Egress Untagged, 20 Egress Untagged"},
        {"20", "20 PVID Egress Untagged"},
        {"1p/2-4/19-21", "1 PVID Egress Untagged, 2, 3, 4, 19, 20, 21"},
        {"3p/2u/4", "2 Egress Untagged, 3 PVID Egress Untagged, 4"},
        {"4094", "4094 PVID Egress Untagged"},
        {"10", "10 PVID Egress Untagged"}};
    for (const auto& [list, vlans] : lists) {
        write(backend + "/vlan", list);
        EXPECT_EQ(online().status, 0) << list;
        EXPECT_EQ(vlans_of("vif1.0"), vlans);
        EXPECT_TRUE(seen("vif1.0").up);
    }
    remove(backend + "/vlan");
    write(backend + "/bridge", "xenbr0:10:20");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(vlans_of("vif1.0"), "10, 20");
    guest(2, "10");
    EXPECT_EQ(arrives(one, untagged, two), nothing);
    EXPECT_EQ(arrives(one, "10", two), untagged);
}

// Each VLAN is a range of its own, in what the kernel is told and in what it says.
TEST_F(VlanFrames, AllVlansAndNoTwoNeighboursAlike) {
    guest(1, "1p/2+2x2046/3+2x2045u");
    std::string all = "1 PVID Egress Untagged";
    for (int id = 2; id <= 4094; ++id)
        all += ", " + std::to_string(id) + (id % 2 == 0 ? "" : " Egress Untagged");
    EXPECT_EQ(vlans_of("vif1.0"), all);
    expect_nothing_to_do();
    guest(2, "4093");
    EXPECT_EQ(arrives(two, untagged, one), untagged);
    EXPECT_EQ(arrives(one, "4093", two), untagged);
    write(backend + "/vlan", "10");
    EXPECT_EQ(online().status, 0);
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged");
    EXPECT_EQ(arrives(two, untagged, one), nothing);
}

TEST_F(VlanFrames, AnUplinkSeesTheTags) {
    uplink({"10", "20", "30 pvid untagged"});
    guest(1, "10");
    guest(2, "10p/20");
    guest(3, "30");
    EXPECT_EQ(arrives(one, untagged, wire), "10");
    EXPECT_EQ(arrives(wire, "10", one), untagged);
    EXPECT_EQ(arrives(wire, "20", one), nothing);
    EXPECT_EQ(arrives(wire, untagged, one), nothing);
    EXPECT_EQ(arrives(two, "20", wire), "20");
    EXPECT_EQ(arrives(two, untagged, wire), "10");
    EXPECT_EQ(arrives(wire, "20", two), "20");
    EXPECT_EQ(arrives(wire, "10", two), untagged);
    EXPECT_EQ(arrives(three, untagged, wire), untagged);
    EXPECT_EQ(arrives(wire, untagged, three), untagged);
    // What the uplink does not have.
    guest(4, "40");
    EXPECT_EQ(arrives(four, untagged, wire), nothing);
    EXPECT_EQ(arrives(wire, "40", four), nothing);
}

TEST_F(VlanFrames, AnEmulatedNicsTapHasTheSameVlans) {
    make_netdev("vif1.0-emu", "emu1.0");
    write(backend + "/vlan", "10p/20");
    const Result result = call({"add", "type_if=tap"}, libxl_tap(1, 0));
    ASSERT_EQ(result.status, 0) << result.err;
    await_forwarding("emu1.0");
    guest(2, "10");
    guest(3, "20");
    guest(4, "");
    EXPECT_EQ(vlans_of("vif1.0-emu"), "10 PVID Egress Untagged, 20");
    EXPECT_EQ(arrives("emu1.0", untagged, two), untagged);
    EXPECT_EQ(arrives("emu1.0", "20", three), untagged);
    EXPECT_EQ(arrives("emu1.0", untagged, four), nothing);
    EXPECT_EQ(arrives(four, untagged, "emu1.0"), nothing);
    EXPECT_EQ(arrives(three, untagged, "emu1.0"), "20");
}

TEST_F(VlanFrames, WhileOtherVlansOfAVifChangeItLosesNoFrame) {
    guest(1, "10p/20");
    guest(2, "10");
    guest(3, "20");
    guest(4, "30");
    (void)at(one);
    (void)at(two);
    Stream out(one, "out");
    Stream in(two, "in");
    for (const std::string vlans : {"10p/30", "10p/20-25u", "10p", "10p/30"}) {
        write(backend + "/vlan", vlans);
        ASSERT_EQ(online().status, 0);
    }
    out.sends(21);
    out.end();
    in.end();
    const auto payloads = [this](const std::string& netdev) {
        std::vector<std::string> all;
        for (const Frame& frame : all_at(netdev))
            all.push_back(frame.payload);
        return all;
    };
    EXPECT_EQ(out.refused() + in.refused(), 0);
    EXPECT_GT(out.sent().size(), 20U);
    EXPECT_EQ(payloads(two), out.sent());
    EXPECT_EQ(payloads(one), in.sent());
    EXPECT_EQ(vlans_of("vif1.0"), "10 PVID Egress Untagged, 30");
    EXPECT_EQ(arrives(one, "20", three), nothing);
    EXPECT_EQ(arrives(one, "30", four), untagged);
}

// The kernel puts a new port into the default VLAN; it is out of there before it is up.
TEST_F(VlanFrames, AVifThatComesIsNotInTheDefaultVlanForAMoment) {
    guest(2, "");
    (void)at(one);
    (void)at(two);
    Stream in(two, "in");
    Stream out(one, "out"); // as soon as there is a way
    guest(1, "10");
    in.sends(50);
    out.sends(20);
    in.end();
    out.end();
    EXPECT_EQ(all_at(one).size(), 0U);
    EXPECT_EQ(all_at(two).size(), 0U);
}

TEST_F(VlanFrames, WhenTheBridgeFiltersNoMoreTheNextRunSetsTheVifDown) {
    guest(1, "10");
    ip("link set dev xenbr0 type bridge vlan_filtering 0");
    expect_refused(online(), "vlan='10p': bridge xenbr0 does not filter VLANs and would let all of them through; "
                             "\"ip link set dev xenbr0 type bridge vlan_filtering 1\" turns that on; vif1.0 is set "
                             "down");
    EXPECT_FALSE(seen("vif1.0").up);
    ip("link set dev xenbr0 type bridge vlan_filtering 1");
    guest(1, "10");
    guest(2, "10");
    EXPECT_EQ(arrives(one, untagged, two), untagged);
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
}

TEST_F(VlanFrames, AVlanDeviceOnTheUplinkThatTakesItsFramesIsNamed) {
    uplink({"10", "20"});
    if (run(split("ip link add link peth0 name peth0.20 type vlan id 20")).status != 0)
        GTEST_SKIP() << "this kernel has no 802.1Q";
    ip("link set dev peth0.20 up");
    write(backend + "/vlan", "20");
    const std::string reason = "peth0.20 takes the frames of VLAN 20 from peth0 before they come to bridge xenbr0";
    expect_refused(online(), "vlan='20p': " + reason);
    EXPECT_FALSE(seen("vif1.0").up);
    EXPECT_EQ(seen("vif1.0").master, "");
    write(backend + "/vlan", "10p/15-25");
    expect_refused(online(), "vlan='10p/15-25': " + reason);
    // Another VLAN of the same uplink is free.
    guest(1, "10");
    EXPECT_EQ(arrives(wire, "10", one), untagged);
    EXPECT_EQ(arrives(one, untagged, wire), "10");
    // And it is as the refusal says.
    must(split("bridge vlan add dev vif1.0 vid 20"));
    EXPECT_EQ(arrives(wire, "20", one), nothing);
    ip("link delete dev peth0.20");
    EXPECT_EQ(arrives(wire, "20", one), "20");
}

TEST_F(VlanFrames, AHookThatChangesTheVlansLeavesNothingUp) {
    hook("bridge vlan add dev \"$dev\" vid 30");
    write(backend + "/vlan", "10");
    const Result result = online();
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("it has 10p/30 in the end"), std::string::npos) << result.err;
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
    EXPECT_FALSE(seen("vif1.0").up);
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(VlanFrames, NorThatOfAVifThatWasUpAlready) {
    guest(1, "10");
    hook("bridge vlan add dev \"$dev\" vid 30");
    const Result result = online();
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("it has 10p/30 in the end"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("vif1.0 is set down"), std::string::npos) << result.err;
    EXPECT_FALSE(seen("vif1.0").up);
}

TEST_F(VlanFrames, AnAutomaticUplinkCarriesEachVlanFromItsFirstGuestToItsLast) {
    uplink({"30 pvid untagged", "40"});
    configure("vlans = \"auto\"\nvlan_filtering = true");
    guest(1, "10");
    guest(2, "10p/20");
    guest(3, "30"); // the uplink's own
    EXPECT_EQ(vlans_of("peth0"), "10, 20, 30 PVID Egress Untagged, 40");
    EXPECT_EQ(arrives(one, untagged, wire), "10");
    EXPECT_EQ(arrives(wire, "10", one), untagged);
    EXPECT_EQ(arrives(two, "20", wire), "20");
    EXPECT_EQ(arrives(three, untagged, wire), untagged);
    ASSERT_EQ(offline(2).status, 0);
    EXPECT_EQ(vlans_of("peth0"), "10, 30 PVID Egress Untagged, 40");
    EXPECT_EQ(arrives(one, untagged, wire), "10");
    ip("link delete dev vif1.0"); // as netback does before the call
    ASSERT_EQ(offline(1).status, 0);
    ASSERT_EQ(offline(3).status, 0);
    EXPECT_EQ(vlans_of("peth0"), "30 PVID Egress Untagged, 40");
}

TEST_F(VlanFrames, AnUplinkWithAListOfItsOwnIsLeftAloneAndTheLogSaysWhatItLacks) {
    uplink({"1 pvid untagged", "20"});
    configure("vlans = \"1p/20\"\nvlan_filtering = true");
    write(backend + "/vlan", "10p/20");
    const Result result = online();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("peth0 does not carry VLAN 10: vlans='1p/20' says what it carries"), std::string::npos)
        << result.err;
    EXPECT_EQ(vlans_of("peth0"), "1 PVID Egress Untagged, 20");
}

class VlanDevices : public VlanFrames {
  protected:
    void SetUp() override {
        VlanFrames::SetUp();
        if (IsSkipped())
            return;
        uplink({"1 pvid untagged"});
        if (run(split("ip link add link peth0 name any.7 type vlan id 7")).status != 0)
            GTEST_SKIP() << "this kernel has no 802.1Q";
        ip("link delete dev any.7");
        ip("link set dev xenbr0 type bridge vlan_filtering 0");
        configure("vlan-mode = \"device\"");
    }

    void await_device(const std::string& vlan) const {
        await("/sys/class/net/peth0." + vlan + "/brport/state", "3");
        await("/sys/class/net/peth0." + vlan + "/operstate", "up");
    }
};

TEST_F(VlanDevices, EachVlanHasABridgeOfItsOwnWhileItHasGuests) {
    ip("link set dev peth0 mtu 1400");
    guest(1, "10");
    guest(2, "20");
    guest(3, "10");
    guest(4, "");
    await_device("10");
    await_device("20");
    EXPECT_EQ(seen("vif1.0").master, "xenbr0.10");
    EXPECT_EQ(seen("vif2.0").master, "xenbr0.20");
    EXPECT_EQ(seen("vif3.0").master, "xenbr0.10");
    EXPECT_EQ(seen("vif4.0").master, "xenbr0");
    EXPECT_EQ(seen("peth0.10").mtu, 1400u);
    EXPECT_EQ(seen("vif1.0").mtu, 1400u);
    EXPECT_TRUE(seen("xenbr0.10").addresses.empty());
    expect_nothing_to_do();

    EXPECT_EQ(arrives(one, untagged, wire), "10");
    EXPECT_EQ(arrives(wire, "10", one), untagged);
    EXPECT_EQ(arrives(wire, "20", one), nothing);
    EXPECT_EQ(arrives(one, untagged, three), untagged);
    EXPECT_EQ(arrives(one, untagged, two), nothing);
    EXPECT_EQ(arrives(one, untagged, four), nothing);
    EXPECT_EQ(arrives(four, untagged, one), nothing);
    EXPECT_EQ(arrives(wire, untagged, four), untagged);

    ip("link delete dev peth0.10"); // a second run repairs it
    ASSERT_EQ(online(3).status, 0);
    await_device("10");
    EXPECT_EQ(arrives(one, untagged, wire), "10");

    ASSERT_EQ(offline(1).status, 0);
    EXPECT_TRUE(see("xenbr0.10"));
    ASSERT_EQ(offline(3).status, 0);
    EXPECT_FALSE(see("xenbr0.10"));
    EXPECT_FALSE(see("peth0.10"));
    EXPECT_EQ(arrives(two, untagged, wire), "20");
    ip("link delete dev vif2.0");
    ASSERT_EQ(offline(2).status, 0);
    EXPECT_FALSE(see("xenbr0.20"));
    EXPECT_EQ(seen("peth0").master, "xenbr0");
}

TEST_F(VlanDevices, TheNameOfTheBridgeStandsForTheVlan) {
    guest(1, "", "xenbr0.10");
    guest(2, "", "xenbr0.10"); // which is there by now
    EXPECT_EQ(seen("vif1.0").master, "xenbr0.10");
    EXPECT_EQ(seen("vif2.0").master, "xenbr0.10");
    ASSERT_EQ(offline(1).status, 0);
    ASSERT_EQ(offline(2).status, 0);
    EXPECT_FALSE(see("xenbr0.10"));
}

TEST_F(VlanDevices, ADeviceOfSomebodyElseIsNamedAndATrunkRefused) {
    ip("link add link peth0 name eth0.10 type vlan id 10");
    write(backend + "/vlan", "10");
    expect_refused(online(), "vlan='10p': eth0.10 has that VLAN of peth0, and nobody else can");
    write(backend + "/hotplug-error", "");
    write(backend + "/vlan", "10p/20");
    expect_refused(online(),
                   "vlan='10p/20': one VLAN, without a tag, is what a vif can have where vlan-mode is device, "
                   "as for bridge xenbr0");
    EXPECT_FALSE(see("xenbr0.10"));
    EXPECT_TRUE(see("eth0.10"));
}

} // namespace
} // namespace vifplug::test
