// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the programs rely on about Links, asked of the fake and of the kernel.
#include "core/error.hpp"
#include "fake/fake_links.hpp"
#include "support/command.hpp"
#include "system/netlink_links.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::must;
using test::split;

/// Netdevs made and unmade without the code under test.
class FakeWorld {
  public:
    Links& links() { return links_; }
    void add(const std::string& name, const std::string& kind) { links_.add(name, kind); }
    void remove(const std::string& name) { links_.remove(name); }
    void give_address(const std::string& name, const std::string& text) { links_.give_address(name, {text, {1}}); }

  private:
    test::FakeLinks links_;
};

class KernelWorld {
  public:
    ~KernelWorld() {
        for (const std::string& name : made_)
            (void)test::run(split("ip link delete dev " + name)); // gone or renamed is as good: the sandbox ends
    }

    Links& links() { return links_; }
    void add(const std::string& name, const std::string& kind) {
        must(split("ip link add name " + name + " type " + kind));
        made_.push_back(name);
    }
    void remove(const std::string& name) { must(split("ip link delete dev " + name)); }
    void give_address(const std::string& name, const std::string& text) {
        must(split("ip address add " + text + " dev " + name));
    }

  private:
    NetlinkLinks links_;
    std::vector<std::string> made_;
};

template <class World>
class LinksContract : public testing::Test {
  protected:
    void SetUp() override {
        world_.add("br0", "bridge");
        world_.add("port0", "veth");
    }

    Links& links() { return world_.links(); }
    Link port(const std::string& name = "port0") { return links().find(name).value(); }
    Netdev netdev(const std::string& name) { return netdev_of(port(name)); }

    /// The code that a step is refused with; none when it is made.
    std::error_code refusal(const Step& step) {
        try {
            links().perform(step);
            return {};
        } catch (const Error& error) {
            return error.code();
        }
    }

    World world_;
};

struct Names {
    template <class World>
    static std::string GetName(int) {
        return std::is_same_v<World, FakeWorld> ? "fake" : "kernel";
    }
};
using Worlds = testing::Types<FakeWorld, KernelWorld>;
TYPED_TEST_SUITE(LinksContract, Worlds, Names);

TYPED_TEST(LinksContract, FindsByNameAndByNumber) {
    const auto by_name = this->links().find("port0");
    ASSERT_TRUE(by_name);
    EXPECT_EQ(by_name->name, "port0");
    EXPECT_EQ(by_name->kind, "veth");
    EXPECT_EQ(by_name->mtu, 1500u);
    EXPECT_FALSE(by_name->up);
    EXPECT_FALSE(by_name->master);
    EXPECT_TRUE(by_name->mac);
    EXPECT_EQ(by_name->parent_bus, "");
    const auto by_number = this->links().find(by_name->index);
    ASSERT_TRUE(by_number);
    EXPECT_EQ(by_number->name, "port0");
}

TYPED_TEST(LinksContract, WhatIsNotThereIsNothingAndNoFailure) {
    EXPECT_FALSE(this->links().find("nosuch"));
    EXPECT_FALSE(this->links().find(""));
    EXPECT_FALSE(this->links().find(std::string(200, 'a')));
    EXPECT_FALSE(this->links().find(std::string("a\nb")));
    EXPECT_FALSE(this->links().find(IfIndex(999999)));
    EXPECT_TRUE(this->links().addresses(IfIndex(999999)).empty());
}

TYPED_TEST(LinksContract, ListsBridgesAndNothingElse) {
    this->world_.add("br1", "bridge");
    std::vector<std::string> names;
    for (const Link& link : this->links().bridges())
        names.push_back(link.name);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"br0", "br1"}));
}

TYPED_TEST(LinksContract, EveryStepIsSeenAfterwardsAndItsReverseTakesItBack) {
    const Netdev port = this->netdev("port0");
    const Link before = this->port();
    const auto made = [&](const Step& step) {
        EXPECT_EQ(this->refusal(step), std::error_code()) << describe(step);
        return this->links().find(port.index).value();
    };
    const auto there_and_back = [&](const Step& step, auto look) {
        const auto first = look(this->links().find(port.index).value());
        EXPECT_NE(look(made(step)), first) << describe(step);
        EXPECT_EQ(look(made(reverse(step))), first) << describe(step);
    };
    there_and_back(SetUp{port}, [](const Link& l) { return l.up; });
    there_and_back(Rename{port, "web0"}, [](const Link& l) { return l.name; });
    there_and_back(SetMac{port, before.mac.value(), port_mac}, [](const Link& l) { return l.mac; });
    there_and_back(SetMtu{port, before.mtu, 9000}, [](const Link& l) { return l.mtu; });
    there_and_back(Join{port, this->netdev("br0")}, [](const Link& l) { return l.master; });
    if (before.address_generation) {
        there_and_back(SetAddressGeneration{port, *before.address_generation, AddressGeneration::none},
                       [](const Link& l) { return l.address_generation; });
        there_and_back(StopIpv6{port, *before.address_generation}, [](const Link& l) { return l.ipv6; });
        EXPECT_EQ(made(StopIpv6{port, *before.address_generation}).address_generation, before.address_generation);
    }
}

TYPED_TEST(LinksContract, WithoutIpv6ANetdevHasNoAddressOfItsAndGetsNone) {
    const Netdev port = this->netdev("port0");
    const auto generation = this->port().address_generation;
    if (!generation)
        GTEST_SKIP() << "this host has no IPv6";
    this->world_.give_address("port0", "2001:db8::1/64");
    const auto given = this->links().addresses(port.index);
    ASSERT_EQ(given.size(), 1U);
    EXPECT_EQ(this->refusal(StopIpv6{port, *generation}), std::error_code());
    EXPECT_TRUE(this->links().addresses(port.index).empty());
    EXPECT_EQ(this->refusal(AddAddress{port, given.front()}), std::errc::permission_denied);
    EXPECT_EQ(this->refusal(AllowIpv6{port, *generation}), std::error_code());
    EXPECT_EQ(this->refusal(AddAddress{port, given.front()}), std::error_code());
}

TYPED_TEST(LinksContract, AStepThatIsDoneAlreadyIsNoFailure) {
    const Netdev port = this->netdev("port0");
    const Netdev bridge = this->netdev("br0");
    for (const Step& step : {Step(vifplug::SetUp{port}), Step(Join{port, bridge}), Step(SetMtu{port, 1500, 9000}),
                             Step(Leave{port, bridge}), Step(SetDown{port})}) {
        EXPECT_EQ(this->refusal(step), std::error_code()) << describe(step);
        EXPECT_EQ(this->refusal(step), std::error_code()) << describe(step);
    }
}

TYPED_TEST(LinksContract, ANetdevThatIsGoneIsNoSuchDevice) {
    const Netdev port = this->netdev("port0");
    const Netdev bridge = this->netdev("br0");
    this->world_.remove("port0");
    for (const Step& step :
         {Step(vifplug::SetUp{port}), Step(SetDown{port}), Step(Rename{port, "x"}), Step(SetMac{port, {}, port_mac}),
          Step(SetMtu{port, 1500, 9000}), Step(StopIpv6{port, AddressGeneration::eui64}),
          Step(AllowIpv6{port, AddressGeneration::eui64}), Step(Join{port, bridge}), Step(Leave{port, bridge})})
        EXPECT_EQ(this->refusal(step), std::errc::no_such_device) << describe(step);
}

TYPED_TEST(LinksContract, RefusesANameThatIsTaken) {
    EXPECT_EQ(this->refusal(Rename{this->netdev("port0"), "br0"}), std::errc::file_exists);
    EXPECT_TRUE(this->links().find("port0"));
}

TYPED_TEST(LinksContract, RefusesAnMtuOutsideTheNetdevsRange) {
    EXPECT_EQ(this->refusal(SetMtu{this->netdev("port0"), 1500, 67}), std::errc::invalid_argument);
    EXPECT_EQ(this->refusal(SetMtu{this->netdev("port0"), 1500, 65536}), std::errc::invalid_argument);
    EXPECT_EQ(this->port().mtu, 1500u);
}

TYPED_TEST(LinksContract, RefusesAMasterThatIsNoBridge) {
    this->world_.add("other0", "veth");
    EXPECT_EQ(this->refusal(Join{this->netdev("port0"), this->netdev("other0")}), std::errc::operation_not_supported);
    EXPECT_EQ(this->refusal(Join{this->netdev("port0"), {IfIndex(999999), "gone"}}), std::errc::invalid_argument);
    EXPECT_FALSE(this->port().master);
}

TYPED_TEST(LinksContract, MovingToAnotherBridgeNeedsNoLeaving) {
    this->world_.add("br1", "bridge");
    EXPECT_EQ(this->refusal(Join{this->netdev("port0"), this->netdev("br0")}), std::error_code());
    EXPECT_EQ(this->refusal(Join{this->netdev("port0"), this->netdev("br1")}), std::error_code());
    EXPECT_EQ(this->port().master, this->port("br1").index);
}

TYPED_TEST(LinksContract, AddressesGoAndComeBackAsTheyWere) {
    this->world_.give_address("port0", "192.0.2.1/24");
    this->world_.give_address("port0", "2001:db8::1/64");
    this->world_.give_address("br0", "198.51.100.1/24");
    const Netdev port = this->netdev("port0");
    const auto before = this->links().addresses(port.index);
    ASSERT_EQ(before.size(), 2u);
    EXPECT_EQ(before[0].text, "192.0.2.1/24");
    EXPECT_EQ(before[1].text, "2001:db8::1/64");
    for (const Address& address : before)
        EXPECT_EQ(this->refusal(DropAddress{port, address}), std::error_code());
    EXPECT_TRUE(this->links().addresses(port.index).empty());
    EXPECT_EQ(this->refusal(DropAddress{port, before[0]}), std::errc::address_not_available);
    for (const Address& address : before)
        EXPECT_EQ(this->refusal(AddAddress{port, address}), std::error_code());
    const auto after = this->links().addresses(port.index);
    ASSERT_EQ(after.size(), 2u);
    EXPECT_EQ(after[0].text, before[0].text);
    EXPECT_EQ(after[1].text, before[1].text);
}

TEST(NetlinkLinks, ErrorsCarryTheKernelsOwnSentence) {
    KernelWorld world;
    world.add("br0", "bridge");
    world.add("br1", "bridge");
    const auto netdev = [&](const char* name) { return netdev_of(world.links().find(name).value()); };
    try {
        world.links().perform(Join{netdev("br1"), netdev("br0")});
        FAIL() << "a bridge joined a bridge";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "add br1 to bridge br0: Too many levels of symbolic links (Can not enslave a bridge to a bridge)");
    }
}

TEST(NetlinkLinks, AnAddressComesBackWithLabelPeerAndBroadcast) {
    KernelWorld world;
    world.add("port0", "veth");
    must(split("ip address add 192.0.2.1 peer 192.0.2.9/30 dev port0 label port0:web"));
    must(split("ip address add 198.51.100.1/24 brd + dev port0 scope link noprefixroute"));
    const std::string before = must(split("ip -o address show dev port0"));
    const Netdev port = netdev_of(world.links().find("port0").value());
    const auto addresses = world.links().addresses(port.index);
    for (const Address& address : addresses)
        world.links().perform(DropAddress{port, address});
    EXPECT_EQ(must(split("ip -o address show dev port0")), "");
    for (const Address& address : addresses)
        world.links().perform(AddAddress{port, address});
    EXPECT_EQ(must(split("ip -o address show dev port0")), before);
}

} // namespace
} // namespace vifplug
