// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/dhcp_client.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Words = std::vector<std::string>;

// As ifupdown starts it.
const Words ifupdowns{"-4",
                      "-v",
                      "-i",
                      "-pf",
                      "/run/dhclient.eth0.pid",
                      "-lf",
                      "/var/lib/dhcp/dhclient.eth0.leases",
                      "-I",
                      "-df",
                      "/var/lib/dhcp/dhclient6.eth0.leases",
                      "eth0"};

constexpr std::uint32_t nic = 2;
const DhcpMove same_name{.from = "eth0", .to = "eth0", .nic = nic};
const DhcpMove other_name{.from = "eth0", .to = "xenbr0", .nic = nic};

DhcpClient dhclient(const Words& arguments) {
    return {.program = DhcpProgram::dhclient,
            .executable = "/usr/sbin/dhclient",
            .arguments = arguments,
            .netdev = "eth0",
            .control = "",
            .pid = 12,
            .started = 34,
            .hears = {nic}};
}

DhcpClient dhcpcd(DhcpProgram program, const Words& arguments) {
    return {.program = program,
            .executable = "/usr/sbin/dhcpcd",
            .arguments = arguments,
            .netdev = "eth0",
            .control = "/run/dhcpcd/sock",
            .pid = 12,
            .started = 34,
            .hears = {}};
}

const DhcpClient single = dhcpcd(DhcpProgram::dhcpcd, {"-b", "-4", "-f", "/etc/other.conf", "eth0"});
const DhcpClient manager = dhcpcd(DhcpProgram::dhcpcd_manager, {"-b", "-f", "/etc/other.conf"});

TEST(DhclientCommand, KnowsAnOptionsValueFromAnInterface) {
    const auto command = DhclientCommand::parse(ifupdowns);
    EXPECT_EQ(command.netdevs, Words{"eth0"});
    EXPECT_TRUE(command.serves("eth0"));
    EXPECT_FALSE(command.serves("/run/dhclient.eth0.pid"));
    EXPECT_FALSE(command.serves("eth1"));
    EXPECT_FALSE(command.ipv6);
    EXPECT_FALSE(command.foreground);
}

TEST(DhclientCommand, WithoutNamesServesAll) {
    EXPECT_TRUE(DhclientCommand::parse(Words{"-v"}).serves("eth7"));
    EXPECT_TRUE(DhclientCommand::parse(Words{}).serves("eth7"));
}

TEST(DhclientCommand, AValueMayLookLikeAnOption) {
    const auto command = DhclientCommand::parse(Words{"-e", "-d", "-6", "eth0"});
    EXPECT_FALSE(command.foreground);
    EXPECT_TRUE(command.ipv6);
    EXPECT_EQ(command.again(), (Words{"-nw", "-e", "-d", "-6", "eth0"}));
}

TEST(DhclientCommand, AnOptionWithoutItsValueIsNoHarm) {
    EXPECT_EQ(DhclientCommand::parse(Words{"eth0", "-pf"}).again(), (Words{"-nw", "-pf", "eth0"}));
}

TEST(DhclientCommand, WhatWasForTheFirstStartIsLeftOut) {
    EXPECT_EQ(DhclientCommand::parse(Words{"-1", "-q", "-d", "-nw", "-w", "-pf", "-1", "eth0", "eth1"}).again(),
              (Words{"-nw", "-q", "-pf", "-1", "eth0", "eth1"}));
}

TEST(DhcpHandOver, DhclientIsLeftAloneWhenTheNameStays) {
    const std::vector<DhcpClient> clients{dhclient(ifupdowns)};
    EXPECT_TRUE(to_be_stopped(clients, same_name).empty());
    EXPECT_TRUE(left_alone(clients, same_name).empty());
    EXPECT_EQ(to_be_stopped(clients, other_name), clients);
}

TEST(DhcpHandOver, DhclientThatHearsALinkThatGoesIsRestarted) {
    std::vector<DhcpClient> clients{dhclient(ifupdowns)};
    clients.front().hears = {nic + 1};
    EXPECT_EQ(to_be_stopped(clients, same_name), clients);
    clients.front().hears = {}; // DHCPv6
    EXPECT_EQ(to_be_stopped(clients, same_name), clients);
}

TEST(DhcpHandOver, DhcpcdIsAlwaysStopped) {
    const std::vector<DhcpClient> clients{single, manager};
    EXPECT_EQ(to_be_stopped(clients, same_name), clients);
}

TEST(DhcpHandOver, DhclientThatCannotBeRestartedIsLeftWithASentence) {
    const std::vector<DhcpClient> clients{dhclient({"-d", "eth0"}), dhclient({})};
    EXPECT_TRUE(to_be_stopped(clients, other_name).empty());
    const auto sentences = left_alone(clients, other_name);
    ASSERT_EQ(sentences.size(), 2u);
    EXPECT_EQ(sentences[0],
              "dhclient (process 12) is left as it is: it was started in the foreground; whoever did that "
              "has to start it on xenbr0");
    EXPECT_EQ(sentences[1], "dhclient (process 12) is left as it is: it was started for all interfaces; whoever did "
                            "that has to start it on xenbr0");
}

const DhcpTarget veth{
    .netdev = "eth0", .ports = {"peth0", "vif0.0"}, .bridges = {}, .manager_configuration = "/run/v/dhcpcd.conf"};
const DhcpTarget bridge{
    .netdev = "xenbr0", .ports = {"peth0"}, .bridges = {"xenbr0"}, .manager_configuration = "/run/v/dhcpcd.conf"};
const DhcpTarget nic_again{.netdev = "eth0", .ports = {}, .bridges = {}, .manager_configuration = "/run/v/dhcpcd.conf"};

TEST(DhcpHandOver, DhclientKeepsItsOptionsAndItsOtherInterfaces) {
    const std::vector<DhcpClient> stopped{dhclient({"-pf", "eth0", "eth1", "eth0"})};
    EXPECT_EQ(
        to_be_started(stopped, bridge),
        (std::vector<DhcpStart>{
            {DhcpProgram::dhclient, "/usr/sbin/dhclient", {"-nw", "-pf", "eth0", "eth1", "xenbr0"}, "xenbr0", {}}}));
}

TEST(DhcpHandOver, DhcpcdOfOneInterfaceGetsTheOtherName) {
    const std::vector<DhcpClient> stopped{single};
    EXPECT_EQ(
        to_be_started(stopped, bridge),
        (std::vector<DhcpStart>{
            {DhcpProgram::dhcpcd, "/usr/sbin/dhcpcd", {"-b", "-4", "-f", "/etc/other.conf", "xenbr0"}, "xenbr0", {}}}));
}

TEST(DhcpHandOver, TheManagerIsToldWhatToServe) {
    const std::vector<DhcpClient> stopped{single, manager};
    const auto starts = to_be_started(stopped, bridge);
    ASSERT_EQ(starts.size(), 1u);
    EXPECT_EQ(starts[0].program, DhcpProgram::dhcpcd_manager);
    EXPECT_EQ(starts[0].arguments, (Words{"-b", "-f", "/run/v/dhcpcd.conf"}));
    EXPECT_EQ(starts[0].configuration,
              (DhcpcdConfiguration{"/run/v/dhcpcd.conf", "/etc/other.conf", {"peth0"}, {"xenbr0"}}));
}

TEST(DhcpHandOver, WithoutABridgeTheManagerRunsAsBefore) {
    const std::vector<DhcpClient> stopped{manager};
    EXPECT_EQ(to_be_started(stopped, nic_again),
              (std::vector<DhcpStart>{
                  {DhcpProgram::dhcpcd_manager, "/usr/sbin/dhcpcd", {"-b", "-f", "/etc/other.conf"}, "eth0", {}}}));
}

TEST(DhcpcdConfigurationText, HasTheOriginalBetweenWhatIsAdded) {
    const DhcpcdConfiguration configuration{"/run/v", "/etc/dhcpcd.conf", {"peth0", "vif0.0"}, {"eth1", "eth2"}};
    const std::string text = text_of(configuration, "duid\ninterface wlan0\nstatic ip_address=");
    EXPECT_EQ(text, "# Made by vifplug from /etc/dhcpcd.conf\ndenyinterfaces peth0 vif0.0\n"
                    "duid\ninterface wlan0\nstatic ip_address=\ninterface eth1\n\ninterface eth2\n");
    EXPECT_EQ(made_from(text), "/etc/dhcpcd.conf");
    EXPECT_EQ(made_from("duid\n"), std::nullopt);
    EXPECT_EQ(made_from(""), std::nullopt);
}

TEST(DhcpProgramName, IsReadBack) {
    for (const DhcpProgram program : {DhcpProgram::dhclient, DhcpProgram::dhcpcd, DhcpProgram::dhcpcd_manager})
        EXPECT_EQ(parse_dhcp_program(name_of(program)), program);
    EXPECT_EQ(parse_dhcp_program("udhcpc"), std::nullopt);
}

} // namespace
} // namespace vifplug
