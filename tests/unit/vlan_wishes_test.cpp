// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan_wishes.hpp"

#include "a_link.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using test::a_host_link;
using test::a_nic;

const std::string agrees = "agrees";

UplinkRequest said(std::optional<bool> filtering, const std::string& vlans = "", VlanMode mode = VlanMode::filter) {
    UplinkRequest request;
    request.netdev = "eth0";
    request.vlan_filtering = filtering;
    if (!vlans.empty())
        request.vlans = parse_uplink_vlans(vlans);
    request.vlan_mode = mode;
    return request;
}

UplinkRequest in_file(UplinkRequest request) {
    request.is_configured = true;
    return request;
}

/// As start writes it down.
Uplink set_up_with(const UplinkRequest& request, bool bridge_filtered = false) {
    Uplink uplink(IfIndex(2));
    uplink.netdev = "eth0";
    uplink.vlan_filtering = request.vlan_filtering == true || request.vlans;
    uplink.vlans = vlans_of(request);
    uplink.vlan_mode = request.vlan_mode;
    uplink.bridge_filtered = bridge_filtered;
    return uplink;
}

std::string outdated(const Uplink& uplink, const UplinkRequest& configured) {
    return outdated_vlans(uplink, in_file(configured)).value_or(agrees);
}

std::string sentence(const std::string& has, const std::string& wanted) {
    return "eth0 is set up with " + has + " and stays so, while the configuration says " + wanted +
           ": stop and start apply that";
}

const UplinkRequest nothing = said({}), filtering = said(true), listed = said(true, "10p/20"),
                    device = said({}, "", VlanMode::device);

TEST(OutdatedVlans, WhatWasSetUpByTheSameWordsAgrees) {
    for (const UplinkRequest& request : {nothing, filtering, listed, device, said(false)})
        EXPECT_EQ(outdated(set_up_with(request), request), agrees);
    for (const UplinkRequest& request : {nothing, filtering, said({}, "auto"), said({}, "10p/20")})
        EXPECT_EQ(outdated(set_up_with(request, true), request), agrees) << "on a bridge that filtered";
    EXPECT_EQ(outdated(set_up_with(filtering), said(true, "auto")), agrees) << "which filtering implies";
}

TEST(OutdatedVlans, AnotherModeIsSaid) {
    EXPECT_EQ(outdated(set_up_with(device), nothing), sentence("vlan-mode='device'", "vlan-mode='filter'"));
    EXPECT_EQ(outdated(set_up_with(device), filtering),
              sentence("vlan_filtering='no' and vlan-mode='device'", "vlan_filtering='yes' and vlan-mode='filter'"));
    EXPECT_EQ(outdated(set_up_with(listed), device),
              sentence("vlan_filtering='yes', vlans='10p/20' and vlan-mode='filter'",
                       "vlan_filtering='no', no vlans and vlan-mode='device'"));
}

TEST(OutdatedVlans, OtherVlansAreSaid) {
    EXPECT_EQ(outdated(set_up_with(listed), said(true, "10p/21")), sentence("vlans='10p/20'", "vlans='10p/21'"));
    EXPECT_EQ(outdated(set_up_with(listed), filtering), sentence("vlans='10p/20'", "vlans='auto'"));
    EXPECT_EQ(outdated(set_up_with(filtering), nothing), sentence("vlan_filtering='yes'", "vlan_filtering='no'"));
    EXPECT_EQ(outdated(set_up_with(said({}, "auto"), true), nothing), sentence("vlans='auto'", "no vlans"));
}

TEST(OutdatedVlans, WhatVifsFollowByTheFileIsNoDifference) {
    EXPECT_EQ(outdated(set_up_with(nothing), device), agrees);
    EXPECT_EQ(outdated(set_up_with(nothing, true), said({}, "auto")), agrees);
    EXPECT_EQ(outdated(set_up_with(nothing), filtering), sentence("vlan_filtering='no'", "vlan_filtering='yes'"));
    EXPECT_EQ(outdated(set_up_with(nothing, true), said({}, "10p/20")), sentence("no vlans", "vlans='10p/20'"));
}

std::string passed_over(const UplinkRequest& request, bool filters, bool is_port = true) {
    HostLink bridge = a_host_link(5, "br0", "bridge");
    bridge.link.vlan_settings = BridgeVlanSettings{.filters = filters};
    HostLink nic = a_nic(2, "eth0");
    if (is_port)
        nic.link.master = bridge.link.index;
    const std::string start = "eth0: ignoring ", end = ", since bridge br0 is not of network-bridge's making";
    const std::string text = passed_over_vlans(request, nic, bridge).value_or(start + end);
    EXPECT_TRUE(text.starts_with(start) && text.ends_with(end)) << text;
    return text.substr(start.size(), text.size() - start.size() - end.size());
}

TEST(PassedOverVlans, WhatTheBridgeDoesNotDoIsSaid) {
    EXPECT_EQ(passed_over(nothing, true), "");
    EXPECT_EQ(passed_over(filtering, false), "vlan_filtering='yes'");
    EXPECT_EQ(passed_over(filtering, true), "") << "it does";
    EXPECT_EQ(passed_over(said(false), true), "vlan_filtering='no'");
    EXPECT_EQ(passed_over(said(false), false), "");
    EXPECT_EQ(passed_over(listed, false), "vlan_filtering='yes' and vlans='10p/20'");
    EXPECT_EQ(passed_over(said({}, "auto"), true), "vlans='auto'");
}

TEST(PassedOverVlans, WhatVifsFollowByTheFileIsNot) {
    EXPECT_EQ(passed_over(in_file(said({}, "auto")), true), "");
    EXPECT_EQ(passed_over(in_file(listed), true), "vlans='10p/20'") << "nobody gives the NIC a list";
    EXPECT_EQ(passed_over(in_file(device), false), "");
    EXPECT_EQ(passed_over(in_file(device), false, false), "vlan-mode='device'") << "the NIC is not the port";
    EXPECT_EQ(passed_over(in_file(said({}, "auto")), true, false), "vlans='auto'");
}

} // namespace
} // namespace vifplug
