// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/carry_out.hpp"

#include "core/placement_bridge.hpp"
#include "fake/fake_links.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::FakeLinks;

/// Guest 7's vif on br9 with everything about it in need of a change, so that the plan has every kind of step.
struct World {
    World() {
        links.add("xenbr0", "bridge");
        const Link br9 = links.add("br9", "bridge");
        const Link port = links.add("vif7.0", "veth");
        links.perform(Join{netdev_of(port), netdev_of(br9)});
        links.perform(SetUp{netdev_of(port)});
        links.give_address("vif7.0", {"192.0.2.1/24", {1}});
        links.give_address("vif7.0", {"2001:db8::1/64", {2}});
        before = links.picture();
        performed_before = links.performed();
    }

    Plan plan() {
        const PortWanted want{IfName::parse("vifname", "web0"), links.find("xenbr0").value(), Mtu(1400), std::nullopt};
        const Link port = links.find("vif7.0").value();
        return plan_attach(
            want, {port, links.addresses(port.index), netdev_of(links.find(*port.master).value()), VlanList()});
    }

    FakeLinks links;
    std::string before;
    std::size_t performed_before = 0;
};

std::string failure_of(const Plan& plan, Links& links) {
    try {
        carry_out(plan, links);
        return "";
    } catch (const PlanFailed& failed) {
        return failed.what();
    }
}

TEST(CarryOut, MakesEveryStepInOrder) {
    World world;
    const Plan plan = world.plan();
    ASSERT_EQ(plan.size(), 10u);
    const Outcome outcome = carry_out(plan, world.links);
    EXPECT_EQ(outcome.made.size(), plan.size());
    EXPECT_TRUE(outcome.warnings.empty());
    const Link port = world.links.find("web0").value();
    EXPECT_TRUE(port.up);
    EXPECT_EQ(port.mtu, 1400u);
    EXPECT_EQ(port.mac, port_mac);
    EXPECT_EQ(port.master, world.links.find("xenbr0")->index);
}

TEST(CarryOut, AnyStepThatFailsLeavesTheWorldAsItWas) {
    const std::size_t steps = World().plan().size();
    for (std::size_t n = 0; n < steps; ++n) {
        World world;
        const Plan plan = world.plan();
        world.links.fail_at(world.performed_before + n, EPERM);
        const std::string failure = failure_of(plan, world.links);
        if (may_be_refused(plan[n])) {
            EXPECT_EQ(failure, "") << describe(plan[n]);
            continue;
        }
        EXPECT_EQ(failure.find(describe(plan[n]) + ": Operation not permitted; undone: "), 0u) << failure;
        EXPECT_NE(failure.find("; left: nothing"), std::string::npos) << failure;
        EXPECT_EQ(world.links.picture(), world.before) << "after step " << n << " failed: " << describe(plan[n]);
    }
}

TEST(CarryOut, LeftIsWhatCouldNotBeUndoneAndWhy) {
    World world;
    const Plan plan = world.plan();
    ASSERT_TRUE(std::holds_alternative<Join>(plan[8]));
    world.links.fail_at(world.performed_before + 8, EBUSY, 2); // joining, and taking the step before it back
    const std::string failure = failure_of(plan, world.links);
    EXPECT_NE(
        failure.find("; left: set the MTU of web0 to 1400 (set the MTU of web0 to 1500: Device or resource busy)"),
        std::string::npos)
        << failure;
    EXPECT_EQ(world.links.find("vif7.0")->mtu, 1400u);
}

TEST(CarryOut, ANetdevThatVanishesLeavesNothing) {
    const std::size_t steps = World().plan().size();
    for (std::size_t n = 0; n < steps; ++n) {
        World world;
        const Plan plan = world.plan();
        world.links.fail_at(world.performed_before + n, ENODEV, 100);
        const std::string failure = failure_of(plan, world.links);
        EXPECT_EQ(failure, describe(plan[n]) + ": No such device; undone: nothing; left: nothing");
    }
}

TEST(CarryOut, V27_M3_what_may_be_refused_is_a_warning) {
    World world;
    const Plan plan = world.plan();
    for (std::size_t n = 0; n < plan.size(); ++n) {
        if (!may_be_refused(plan[n]))
            continue;
        World again;
        again.links.fail_at(again.performed_before + n, EINVAL);
        const Outcome outcome = carry_out(plan, again.links);
        ASSERT_EQ(outcome.warnings.size(), 1u);
        EXPECT_EQ(outcome.warnings[0], describe(plan[n]) + ": Invalid argument, continuing");
        EXPECT_EQ(describe(outcome.refused[0]), describe(plan[n]));
        EXPECT_EQ(outcome.made.size(), plan.size() - 1);
    }
}

TEST(CarryOut, AnAddressThatTheKernelTookItselfIsGoneAsWanted) {
    World world;
    const Plan plan = world.plan();
    ASSERT_TRUE(std::holds_alternative<DropAddress>(plan[1]));
    world.links.fail_at(world.performed_before + 1, EADDRNOTAVAIL);
    EXPECT_EQ(failure_of(plan, world.links), "");
}

TEST(CarryOut, AFullBridgeIsExplained) {
    World world;
    world.links.fail_at(world.performed_before + 8, EXFULL);
    const std::string failure = failure_of(world.plan(), world.links);
    EXPECT_EQ(
        failure.find("add web0 to bridge xenbr0: Exchange full: a bridge takes 1023 ports, and xenbr0 has them; "), 0u)
        << failure;
}

TEST(CarryOutRegardless, GoesOnAfterFailuresAndNamesThem) {
    World world;
    const Link port = world.links.find("vif7.0").value();
    const Plan plan = plan_detach(port, netdev_of(world.links.find("br9").value()));
    ASSERT_EQ(plan.size(), 2u);
    world.links.fail_at(world.performed_before, EPERM);
    EXPECT_EQ(carry_out_regardless(plan, world.links),
              std::vector<std::string>{"set vif7.0 down: Operation not permitted"});
    EXPECT_FALSE(world.links.find("vif7.0")->master);
}

TEST(CarryOutRegardless, V4_a_netdev_that_is_gone_is_no_failure) {
    World world;
    const Link port = world.links.find("vif7.0").value();
    const Plan plan = plan_detach(port, netdev_of(world.links.find("br9").value()));
    world.links.remove("vif7.0");
    EXPECT_TRUE(carry_out_regardless(plan, world.links).empty());
}

} // namespace
} // namespace vifplug
