// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What becomes of the host when a step of a start or stop fails. On the real kernel, since what is at stake is what it
// does of its own accord.
#include "uplink_host.hpp"

#include <cstdlib>
#include <limits>

namespace vifplug {
namespace {

using test::must;
using test::request_for;
using test::split;

struct Shape {
    std::string name;
    UplinkRequest request;
    bool bridge_is_there = false;
    bool renames_live = true;
};

void PrintTo(const Shape& shape, std::ostream* out) {
    *out << shape.name;
}

std::vector<Shape> shapes() {
    std::vector<Shape> all;
    for (const bool live : {true, false}) {
        const std::string suffix = live ? "" : "_renamed_while_down";
        all.push_back({"veth" + suffix, request_for(Topology::veth), false, live});
        all.push_back({"bridge" + suffix, request_for(Topology::bridge), false, live});
        all.push_back({"bridge_named" + suffix, request_for(Topology::bridge, "br7"), false, live});
        all.push_back({"bridge_there" + suffix, request_for(Topology::bridge, "br7"), true, live});
    }
    for (const bool is_there : {false, true})
        for (const Topology topology : {Topology::veth, Topology::bridge}) {
            UplinkRequest request = request_for(topology, is_there ? "br7" : "");
            request.vlan_filtering = true;
            request.vlans = parse_uplink_vlans("10p/20-30");
            all.push_back({std::string(name_of(topology)) + (is_there ? "_there" : "") + "_vlans", request, is_there});
        }
    return all;
}

/// Which steps fail in turn: every one, or every so many of them (VIFPLUG_TEST_FAULT_EVERY).
int stride() {
    const char* every = std::getenv("VIFPLUG_TEST_FAULT_EVERY");
    return every == nullptr ? 1 : std::max(1, std::atoi(every));
}

/// Not the first one where not all have their turn: nothing has been made by then.
int first_step() {
    return (stride() + 1) / 2;
}

class UplinkFault : public test::UplinkHost, public testing::WithParamInterface<Shape> {
  protected:
    UplinkFault() {
        if (GetParam().bridge_is_there) {
            must(split("ip link add br7 address 02:00:00:00:00:07 type bridge"));
            must(
                split("ip link add vif3.0 type veth peer name guest")); // or it has no carrier, nor addresses that last
            must(split("ip link set guest up"));
            must(split("ip link set vif3.0 up master br7"));
            must(split("ip link set br7 up"));
            must(split("ip address add 10.7.7.7/24 dev br7"));
            must(split("ip route add 10.8.0.0/16 via 10.7.7.1"));
            wait_until_settled();
        }
        network.before_step = [this](const UplinkStep& step) { refuse_as_asked(step); };
        network.after_step = [this](const UplinkStep& step) { fail_after(step); };
    }

    void SetUp() override {
        if (GetParam().request.vlan_filtering && !test::kernel_filters_vlans())
            GTEST_SKIP() << "the bridges of this kernel cannot filter VLANs";
    }

    void refuse_as_asked(const UplinkStep& step) {
        if (!GetParam().renames_live)
            network.refuse_to_rename_what_is_up(step);
        if (network.performed == fail_at || (fail_from > 0 && network.performed >= fail_from)) {
            failed = describe(step);
            throw Error(failed, system_code(EIO));
        }
    }

    /// GiveState may have made some when it fails.
    void fail_after(const UplinkStep& step) {
        if (std::holds_alternative<GiveState>(step) && fail_after_giving) {
            fail_after_giving = false;
            throw Error(describe(step), system_code(EIO));
        }
    }

    void let_it_work() {
        fail_at = 0;
        fail_from = 0;
        fail_after_giving = false;
        failed.clear();
    }

    /// A new process, that knows only what is on disk.
    void recover() {
        UplinkJournal on_disk("/run/vifplug-uplink");
        auto left = on_disk.unfinished();
        ASSERT_TRUE(left.has_value());
        EventLog its_log("recover");
        UplinkTransaction(network, on_disk, its_log).take_back(std::move(*left));
    }

    bool is_unfinished() const { return journal.unfinished().has_value(); }

    int fail_at = 0;
    int fail_from = 0;
    bool fail_after_giving = false;
    std::string failed;
};

TEST_P(UplinkFault, B21_a_start_whose_nth_step_fails_leaves_the_host_as_it_was) {
    const std::string before = host();
    for (fail_at = first_step();; fail_at += stride()) {
        network.performed = 0;
        failed.clear();
        bool threw = false;
        try {
            start(GetParam().request);
        } catch (const TransactionFailed& failure) {
            threw = true;
            EXPECT_NE(std::string(failure.what()).find("everything is as it was"), std::string::npos) << failure.what();
        }
        SCOPED_TRACE("step " + std::to_string(fail_at) + ", " + failed);
        EXPECT_FALSE(is_unfinished());
        const bool was_the_last = failed.empty();
        if (!threw) { // the step that failed could be done without
            network.performed = std::numeric_limits<int>::min();
            stop();
        }
        EXPECT_TRUE(journal.records().empty());
        EXPECT_EQ(unlike(before, host()), "");
        if (was_the_last || HasFailure())
            break;
    }
}

TEST_P(UplinkFault, B21_a_stop_whose_nth_step_fails_leaves_the_uplink_set_up) {
    const std::string before = host();
    start(GetParam().request);
    const std::string set_up = host();
    for (fail_at = first_step();; fail_at += stride()) {
        network.performed = 0;
        failed.clear();
        try {
            stop();
            break;
        } catch (const TransactionFailed& failure) {
            EXPECT_NE(std::string(failure.what()).find("everything is as it was"), std::string::npos) << failure.what();
        } catch (const std::exception& failure) { // past return: it goes on
            EXPECT_TRUE(is_unfinished()) << failure.what();
            recover();
            break;
        }
        SCOPED_TRACE("step " + std::to_string(fail_at) + ", " + failed);
        EXPECT_FALSE(is_unfinished());
        EXPECT_EQ(journal.records().size(), 1u);
        EXPECT_EQ(unlike(set_up, host()), "");
        if (HasFailure())
            break;
    }
    if (!journal.records().empty()) {
        let_it_work();
        stop();
    }
    EXPECT_EQ(unlike(before, host()), "");
}

TEST_P(UplinkFault, B21_a_start_that_died_at_any_step_is_taken_back_by_the_next_process) {
    const std::string before = host();
    for (int n = first_step();; n += stride()) {
        network.performed = 0;
        fail_from = n;
        failed.clear();
        try {
            start(GetParam().request);
        } catch (const TransactionFailed&) {
        }
        const std::string at = failed;
        SCOPED_TRACE("step " + std::to_string(n) + ", " + at);
        let_it_work();
        if (is_unfinished())
            recover();
        else if (!journal.records().empty())
            stop();
        EXPECT_FALSE(is_unfinished());
        EXPECT_TRUE(journal.records().empty());
        EXPECT_EQ(unlike(before, host()), "");
        if (at.empty() || HasFailure())
            break;
    }
}

TEST_P(UplinkFault, B21_a_stop_that_died_at_any_step_is_taken_back_by_the_next_process) {
    const std::string before = host();
    start(GetParam().request);
    const std::string set_up = host();
    for (int n = first_step();; n += stride()) {
        network.performed = 0;
        fail_from = n;
        failed.clear();
        try {
            stop();
        } catch (const std::exception&) {
        }
        const std::string at = failed;
        SCOPED_TRACE("step " + std::to_string(n) + ", " + at);
        let_it_work();
        if (is_unfinished())
            recover();
        EXPECT_FALSE(is_unfinished());
        if (journal.records().empty())
            break;
        EXPECT_EQ(unlike(set_up, host()), "");
        if (at.empty() || HasFailure())
            break;
    }
    EXPECT_EQ(unlike(before, host()), "");
}

TEST_P(UplinkFault, B21_a_state_that_was_given_by_half_is_taken_off_again) {
    const std::string before = host();
    fail_after_giving = true;
    EXPECT_THROW(start(GetParam().request), TransactionFailed);
    EXPECT_EQ(unlike(before, host()), "");
    start(GetParam().request);
    const std::string set_up = host();
    fail_after_giving = true;
    EXPECT_THROW(stop(), TransactionFailed);
    EXPECT_EQ(unlike(set_up, host()), "");
    stop();
    EXPECT_EQ(unlike(before, host()), "");
}

TEST_P(UplinkFault, B2_the_second_run_finds_nothing_to_do) {
    start(GetParam().request);
    EXPECT_EQ(describe_differences(journal.records().at(0), network), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Every, UplinkFault, testing::ValuesIn(shapes()),
                         [](const auto& shape) { return shape.param.name; });

class UplinkWorld : public test::UplinkHost {};

TEST_F(UplinkWorld, ANicThatDoesNotChangeItsMacKeepsItAndTheBridgeDoesNot) {
    const std::string before = host();
    network.before_step = [](const UplinkStep& step) {
        const auto* simple = std::get_if<Step>(&step);
        const auto* mac = simple != nullptr ? std::get_if<SetMac>(simple) : nullptr;
        if (mac != nullptr && mac->port.name == "peth0")
            throw Error(describe(step), system_code(EBUSY));
    };
    start(request_for(Topology::veth));
    EXPECT_TRUE(journal.records().at(0).uplink.mac_is_fixed);
    EXPECT_NE(must(split("ip link show peth0")).find("52:54:00:00:00:02"), std::string::npos);
    const std::string entries = must(split("bridge fdb show br xenbr0"));
    EXPECT_EQ(entries.find("52:54:00:00:00:02 dev peth0 master xenbr0 permanent"), std::string::npos) << entries;
    EXPECT_EQ(entries.find("52:54:00:00:00:02 dev peth0 vlan 1 master xenbr0 permanent"), std::string::npos) << entries;
    EXPECT_EQ(describe_differences(journal.records().at(0), network), std::vector<std::string>());
    stop();
    EXPECT_EQ(unlike(before, host()), "");
}

TEST_F(UplinkWorld, SeveralNicsStartAndStopTogether) {
    for (const Topology topology : {Topology::veth, Topology::bridge}) {
        const std::string before = host();
        UplinkSurroundings around = surroundings(network.look(), journal.records());
        Transaction transaction{Transaction::What::start, false, {}};
        for (const std::string name : {"eth0", "eth9"}) {
            UplinkRequest request = request_for(topology);
            request.netdev = name;
            around.planned.push_back(std::get<ChosenUplink>(choose_uplink(request, around)).uplink);
            transaction.parts.push_back({around.planned.back(), std::nullopt, {}});
        }
        work().start(transaction, std::chrono::seconds(0), {});
        EXPECT_EQ(journal.records().size(), 2u);
        stop();
        EXPECT_TRUE(journal.records().empty());
        EXPECT_EQ(unlike(before, host()), "");
    }
}

TEST_F(UplinkWorld, AKernelWhoseBridgesCannotFilterLeavesTheHostAsItWas) {
    const bool can = test::kernel_filters_vlans();
    const std::string before = host();
    for (const Topology topology : {Topology::veth, Topology::bridge}) {
        UplinkRequest request = request_for(topology);
        request.vlan_filtering = true;
        std::string sentence = "started";
        try {
            start(request);
            stop();
        } catch (const TransactionFailed& failure) {
            sentence = failure.what();
        }
        if (can)
            EXPECT_EQ(sentence, "started");
        else
            EXPECT_NE(sentence.find("the bridges of this kernel cannot filter VLANs); everything is as it was"),
                      std::string::npos)
                << sentence;
        EXPECT_TRUE(journal.records().empty());
        EXPECT_FALSE(journal.unfinished().has_value());
        EXPECT_EQ(unlike(before, host()), "");
    }
}

std::string eth5() {
    return std::regex_replace(must(split("ip -d address show dev eth5")), std::regex(" tentative"), "");
}

void make_eth5() {
    for (const char* command : {"ip link add eth5 type veth peer name remote5", "ip link set eth5 up",
                                "ip link set eth5 down"}) // it has its queue from then on
        must(split(command));
}

TEST_F(UplinkWorld, B16_a_nic_that_is_down_and_has_nothing_is_bridged_and_stays_down) {
    make_eth5();
    UplinkRequest request = request_for(Topology::veth);
    request.netdev = "eth5";
    const std::string before = eth5();
    start(request);
    stop();
    EXPECT_EQ(unlike(before, eth5()), "");
}

TEST_F(UplinkWorld, ANicThatIsDownKeepsItsAddresses) {
    make_eth5();
    must(split("ip address add 10.5.5.5/24 dev eth5"));
    must(split("ip address add 2001:db8:5::5/64 dev eth5"));
    for (const Topology topology : {Topology::veth, Topology::bridge}) {
        UplinkRequest request = request_for(topology);
        request.netdev = "eth5";
        const std::string before = eth5();
        start(request);
        stop();
        EXPECT_EQ(unlike(before, eth5()), "");
    }
}

TEST_F(UplinkWorld, WhatTheHostChangedMeanwhileGoesBackToTheNic) {
    for (const Topology topology : {Topology::veth, Topology::bridge}) {
        start(request_for(topology));
        for (const char* command :
             {"ip address add 192.0.2.99/24 dev eth0 label eth0:new", "ip address del 198.51.100.1/24 dev eth0",
              "ip route add 172.20.0.0/16 via 192.0.2.3", "ip link set eth0 mtu 1400"})
            must(split(command));
        stop();
        const std::string nic = must(split("ip address show dev eth0"));
        EXPECT_NE(nic.find("192.0.2.99/24 scope global secondary eth0:new"), std::string::npos) << nic;
        EXPECT_EQ(nic.find("198.51.100.1"), std::string::npos) << nic;
        EXPECT_NE(nic.find("mtu 1400"), std::string::npos) << nic;
        EXPECT_NE(must(split("ip route show 172.20.0.0/16")).find("dev eth0"), std::string::npos);
        for (const char* command :
             {"ip route del 172.20.0.0/16", "ip address del 192.0.2.99/24 dev eth0", "ip link set eth0 mtu 1500"})
            must(split(command));
        must(split("ip address add 198.51.100.1/24 dev eth0 metric 50 noprefixroute"));
    }
}

} // namespace
} // namespace vifplug
