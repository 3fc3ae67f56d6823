// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_call.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace vifplug {
namespace {

using Words = std::vector<std::string_view>;
using Variables = std::map<std::string, std::string, std::less<>>;
using std::chrono::seconds;

Environment of(const Variables& variables) {
    return [variables](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

UplinkCall parse(const Words& words, const Variables& variables = {}) {
    return parse_uplink_call(words, of(variables));
}

std::string refused(const Words& words, const Variables& variables = {}) {
    return test::refusal([&] { return parse(words, variables); });
}

UplinkCall parse_wrapper(const Words& words, const Variables& variables = {}) {
    return parse_uplink_wrapper_call(words, of(variables));
}

std::string wrapper_refused(const Words& words, const Variables& variables = {}) {
    return test::refusal([&] { return parse_wrapper(words, variables); });
}

UplinkRequest request(const char* netdev, const char* bridge = nullptr) {
    UplinkRequest wanted;
    wanted.netdev = netdev;
    if (bridge != nullptr)
        wanted.bridge = IfName::parse("bridge", bridge);
    return wanted;
}

TEST(UplinkCall, NothingButACommandLeavesEverythingToBeChosen) {
    const UplinkCall call = parse({"start"});
    EXPECT_EQ(call.verb, UplinkVerb::start);
    EXPECT_EQ(call.requests, std::vector<UplinkRequest>(1));
    EXPECT_EQ(call.requests[0].topology, Topology::veth);
    EXPECT_FALSE(call.nothing_to_do);
    EXPECT_EQ(call.verify, seconds(5));
    EXPECT_FALSE(call.confirm);
    EXPECT_FALSE(call.ignore_firewall);
    EXPECT_FALSE(call.dry_run);
    EXPECT_FALSE(call.json);
}

TEST(UplinkCall, ReadsEveryKey) {
    const UplinkCall call =
        parse({"start", "netdev=enp3s0", "bridge=xenbr0", "vifnum=3", "topology=bridge", "antispoof=no", "mtu=9000",
               "verify=7", "confirm=60", "firewall=ignore", "vlan_filtering=yes", "vlans=1p/2-4094", "--dry-run"});
    ASSERT_EQ(call.requests.size(), 1u);
    EXPECT_EQ(call.requests[0].netdev, "enp3s0");
    EXPECT_EQ(call.requests[0].bridge->str(), "xenbr0");
    EXPECT_EQ(call.requests[0].vifnum, 3u);
    EXPECT_EQ(call.requests[0].topology, Topology::bridge);
    EXPECT_EQ(call.requests[0].mtu, Mtu(9000));
    EXPECT_EQ(call.requests[0].vlan_filtering, true);
    EXPECT_EQ(text_of(call.requests[0].vlans.value()), "1p/2-4094");
    EXPECT_EQ(call.verify, seconds(7));
    EXPECT_EQ(call.confirm, seconds(60));
    EXPECT_TRUE(call.ignore_firewall);
    EXPECT_TRUE(call.dry_run);
}

TEST(UplinkCall, KnowsEveryCommandAndItsName) {
    for (const char* command : {"start", "stop", "status", "recover", "confirm"})
        EXPECT_EQ(name_of(parse({command}).verb), command);
}

TEST(UplinkCall, WordsComeInAnyOrder) {
    const UplinkCall call = parse({"netdev=eth1", "--json", "status"});
    EXPECT_EQ(call.verb, UplinkVerb::status);
    EXPECT_EQ(call.requests[0], request("eth1"));
    EXPECT_TRUE(call.json);
}

TEST(UplinkCall, ConfirmIsACommandAndAKey) {
    EXPECT_EQ(parse({"confirm"}).verb, UplinkVerb::confirm);
    EXPECT_FALSE(parse({"confirm"}).confirm);
    EXPECT_EQ(parse({"confirm=60", "start"}).verb, UplinkVerb::start);
    EXPECT_EQ(parse({"confirm=60", "start"}).confirm, seconds(60));
}

TEST(UplinkCall, B9_an_unknown_command_is_answered_in_two_lines) {
    const std::string valid = "\nValid commands are: start, stop, status, recover, confirm";
    EXPECT_EQ(refused({"frob"}), "Unknown command: frob" + valid);
    EXPECT_EQ(refused({}), "Unknown command: " + valid);
    EXPECT_EQ(refused({"netdev=eth0"}), "Unknown command: " + valid);
    EXPECT_EQ(refused({"-h"}), "Unknown command: -h" + valid);
    EXPECT_EQ(refused({"=start"}), "Unknown command: =start" + valid);
    EXPECT_EQ(refused({"a\nb\x1b"}), "Unknown command: a\\x0ab\\x1b" + valid);
    EXPECT_EQ(refused({std::string(65, 'x')}), "Unknown command: " + std::string(64, 'x') + "..." + valid);
    EXPECT_THROW(parse({"frob"}), UnknownCommand);
    EXPECT_EQ(wrapper_refused({"frob"}), "Unknown command: frob" + valid);
}

TEST(UplinkCall, AnEmptyWordIsNoWord) {
    EXPECT_EQ(parse({"start", "", "netdev=eth1"}).requests[0], request("eth1"));
    EXPECT_EQ(parse({"", "stop"}).verb, UplinkVerb::stop);
}

TEST(UplinkCall, B8_bridge_null_asks_for_nothing) {
    const UplinkCall call = parse({"start", "netdev=eth0", "bridge=null"});
    EXPECT_TRUE(call.nothing_to_do);
    EXPECT_EQ(call.requests, std::vector<UplinkRequest>(1));
    EXPECT_TRUE(parse({"start"}, {{"bridge", "null"}}).nothing_to_do);
    EXPECT_FALSE(parse({"start", "bridge=null0"}).nothing_to_do);
    EXPECT_TRUE(parse_wrapper({"start", "netdev=eth0,eth1", "bridge=null"}).nothing_to_do);
    EXPECT_TRUE(parse_wrapper({"start", "netdev=eth0,eth1", "bridge=null"}).requests.empty());
}

TEST(UplinkCall, WordsWinOverTheEnvironmentAndTheLastWordOverTheFirst) {
    const Variables variables{{"netdev", "eth1"}, {"topology", "bridge"}, {"confirm", "30"}, {"PATH", "/bin"}};
    EXPECT_EQ(parse({"start"}, variables).requests[0].netdev, "eth1");
    EXPECT_EQ(parse({"start"}, variables).requests[0].topology, Topology::bridge);
    EXPECT_EQ(parse({"start"}, variables).confirm, seconds(30));
    EXPECT_EQ(parse({"start", "netdev=eth2", "netdev=eth3"}, variables).requests[0].netdev, "eth3");
    EXPECT_EQ(parse_wrapper({"start", "netdev=a,b", "netdev=c,d"}).requests[1], request("d"));
    EXPECT_EQ(refused({"start"}, {{"mtu", "12"}}), "mtu='12': a number from 68 to 65535, or 0 for the NIC's");
}

TEST(UplinkCall, AnEmptyValueIsAsGoodAsNone) {
    const UplinkCall call = parse({"start", "netdev=", "bridge=", "vifnum=", "topology=", "antispoof=", "mtu=",
                                   "verify=", "confirm=", "firewall=", "vlan_filtering=", "vlans="},
                                  {{"netdev", "eth1"}});
    EXPECT_EQ(call.requests, std::vector<UplinkRequest>(1));
    EXPECT_EQ(call.verify, seconds(5));
    EXPECT_FALSE(call.confirm);
    EXPECT_FALSE(call.ignore_firewall);
}

TEST(UplinkCall, RefusesKeysItDoesNotKnow) {
    const std::string rule =
        ": one of netdev, bridge, vifnum, topology, mtu, vlan_filtering, vlans, antispoof, verify, "
        "confirm, firewall";
    EXPECT_EQ(refused({"start", "netdevs=eth0"}), "key='netdevs'" + rule);
    for (const char* computed : {"pdev=peth0", "vdev=veth0", "vif0=vif0.0", "tdev=tmpbridge"})
        EXPECT_EQ(refused({"start", computed}).substr(0, 4), "key=") << computed;
    EXPECT_EQ(wrapper_refused({"start", "pdev=peth0"}), "key='pdev'" + rule);
    EXPECT_EQ(refused({"start", "-netdev=eth0"}), "key='-netdev'" + rule);
}

TEST(UplinkCall, RefusesWordsBehindTheCommand) {
    EXPECT_EQ(refused({"start", "stop"}), "word='stop': behind the command start there is only KEY=VALUE");
    EXPECT_EQ(refused({"start", "eth0"}), "word='eth0': behind the command start there is only KEY=VALUE");
}

TEST(UplinkCall, RefusesOptionsItDoesNotKnow) {
    for (const std::string_view option : {"--dryrun", "--dry-run=yes", "--", "--json=1"})
        EXPECT_EQ(refused({option, "start"}),
                  "option='" + std::string(option) + "': the options are --dry-run, --json, --help and --version");
}

TEST(UplinkCall, ADryRunIsForStartAndStop) {
    for (const char* command : {"start", "stop", "status"}) {
        EXPECT_TRUE(parse({command, "--dry-run"}).dry_run);
        EXPECT_TRUE(parse({command}, {{"VIFPLUG_DRY_RUN", "1"}}).dry_run);
        EXPECT_FALSE(parse({command}, {{"VIFPLUG_DRY_RUN", "0"}}).dry_run);
    }
    for (const std::string command : {"recover", "confirm"}) {
        const std::string sentence = "a dry run is for start and stop: " + command + " cannot be tried out";
        EXPECT_EQ(refused({command, "--dry-run"}), sentence);
        EXPECT_EQ(refused({command}, {{"VIFPLUG_DRY_RUN", "1"}}), sentence);
    }
}

TEST(UplinkCall, JsonIsForStatus) {
    EXPECT_TRUE(parse({"status", "--json"}).json);
    EXPECT_EQ(refused({"start", "--json"}), "--json is for status: start prints nothing to be read by programs");
}

TEST(UplinkCall, TimesHaveTheirBounds) {
    EXPECT_EQ(parse({"start", "verify=0"}).verify, seconds(0));
    EXPECT_EQ(parse({"start", "verify=3600"}).verify, seconds(3600));
    EXPECT_EQ(parse({"start", "confirm=1"}).confirm, seconds(1));
    EXPECT_EQ(parse({"start", "confirm=86400"}).confirm, seconds(86400));
    for (const std::string bad : {"3601", "-1", "5s", "off", "4294967296"})
        EXPECT_EQ(refused({"start", "verify=" + bad}),
                  "verify='" + bad + "': a number of seconds from 0 (off) to 3600");
    for (const std::string bad : {"0", "86401", "-1", "1m", "yes"})
        EXPECT_EQ(refused({"start", "confirm=" + bad}), "confirm='" + bad + "': a number of seconds from 1 to 86400");
}

TEST(UplinkCall, AntispoofIsRefusedUntilItIsSupported) {
    EXPECT_EQ(refused({"start", "antispoof=no"}), "accepted");
    EXPECT_EQ(refused({"start", "antispoof=yes"}),
              "antispoof='yes': not supported yet, and without it guests can send from any address");
    EXPECT_EQ(refused({"start", "antispoof=1"}), "antispoof='1': yes or no");
}

TEST(UplinkCall, RefusesWrongValuesByNameValueAndRule) {
    EXPECT_EQ(refused({"start", "firewall=off"}),
              "firewall='off': only ignore, which goes on in spite of rules bound to the NIC by index");
    EXPECT_EQ(refused({"start", "topology=ring"}), "topology='ring': veth or bridge");
    EXPECT_EQ(refused({"start", "vifnum=65536"}), "vifnum='65536': a number from 0 to 65535");
    EXPECT_EQ(refused({"start", "mtu=67"}), "mtu='67': a number from 68 to 65535, or 0 for the NIC's");
    EXPECT_EQ(refused({"start", "netdev=a b"}).substr(0, 13), "netdev='a b':");
    EXPECT_EQ(refused({"start", "bridge=a/b"}).substr(0, 13), "bridge='a/b':");
    EXPECT_EQ(refused({"start", "mtu=0"}), "accepted");
    EXPECT_FALSE(parse({"start", "mtu=0"}).requests[0].mtu);
}

TEST(UplinkCall, VlansComeFromWordsOrTheEnvironment) {
    EXPECT_EQ(parse({"start", "vlan_filtering=no"}).requests[0].vlan_filtering, false);
    EXPECT_FALSE(parse({"start", "vlan_filtering=no"}).requests[0].vlans);
    const UplinkRequest request = parse({"start"}, {{"vlan_filtering", "yes"}, {"vlans", "auto"}}).requests[0];
    EXPECT_EQ(request.vlan_filtering, true);
    EXPECT_EQ(request.vlans.value().kind, UplinkVlans::Kind::automatic);
}

TEST(UplinkCall, RefusesVlansThatAreWrongOrContradictThemselves) {
    EXPECT_EQ(refused({"start", "vlan_filtering=on"}), "vlan_filtering='on': yes or no");
    EXPECT_EQ(refused({"start", "vlans=10/20"}),
              "vlans='10/20': one of several VLANs is the PVID, and has a p behind it");
    EXPECT_EQ(refused({"start", "vlans=1p/4095"}), "vlans='1p/4095': in '4095', a VLAN is a number from 1 to 4094");
    const std::string rule = ": not with vlan_filtering=no: a bridge that does not filter lets all VLANs through";
    EXPECT_EQ(refused({"start", "vlan_filtering=no", "vlans=10"}), "vlans='10p'" + rule);
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "vlan_filtering=no", "vlans=auto"}), "vlans='auto'" + rule);
    EXPECT_EQ(refused({"start", "vlan-mode=device"}).substr(0, 16), "key='vlan-mode':");
}

TEST(UplinkWrapperCall, VlansAreForEveryNic) {
    for (const UplinkRequest& each :
         parse_wrapper({"start", "netdev=eth0,eth1", "vlan_filtering=yes", "vlans=1p/2-9"}).requests) {
        EXPECT_EQ(each.vlan_filtering, true);
        EXPECT_EQ(text_of(each.vlans.value()), "1p/2-9");
    }
}

TEST(UplinkWrapperCall, HasARequestForEachNic) {
    const UplinkCall call = parse_wrapper({"start", "netdev=eth0,eth1", "bridge=xenbr0,xenbr1", "vifnum=4,5",
                                           "topology=bridge", "mtu=9000", "confirm=60"});
    ASSERT_EQ(call.requests.size(), 2u);
    EXPECT_EQ(call.requests[0].netdev, "eth0");
    EXPECT_EQ(call.requests[1].netdev, "eth1");
    EXPECT_EQ(call.requests[1].bridge->str(), "xenbr1");
    EXPECT_EQ(call.requests[1].vifnum, 5u);
    for (const UplinkRequest& each : call.requests) {
        EXPECT_EQ(each.topology, Topology::bridge);
        EXPECT_EQ(each.mtu, Mtu(9000));
    }
    EXPECT_EQ(call.confirm, seconds(60));
}

TEST(UplinkWrapperCall, BridgesAndNumbersNeedNotBeGiven) {
    EXPECT_EQ(parse_wrapper({"stop", "netdev=eth0,eth1"}).requests, (std::vector{request("eth0"), request("eth1")}));
    EXPECT_EQ(parse_wrapper({"stop", "netdev=eth0", "bridge=br0"}).requests, std::vector{request("eth0", "br0")});
}

TEST(UplinkWrapperCall, WithoutNetdevTheFilesTablesAreMeant) {
    EXPECT_TRUE(parse_wrapper({"start"}).requests.empty());
    EXPECT_FALSE(parse_wrapper({"start"}).nothing_to_do);
    EXPECT_TRUE(parse_wrapper({"start", "netdev=", "verify=1"}).requests.empty());
}

TEST(UplinkWrapperCall, WithoutNetdevNoKeyIsPassedOver) {
    for (const std::string key : {"bridge", "topology", "mtu", "vifnum", "vlan_filtering", "vlans"})
        EXPECT_EQ(wrapper_refused({"start", key + "=1"}),
                  key + "='1': goes with netdev=, without which the configuration file says it all");
}

TEST(UplinkWrapperCall, RefusesListsOfDifferentLengths) {
    EXPECT_EQ(wrapper_refused({"start", "netdev=eth0,eth1", "bridge=xenbr0"}),
              "bridge='xenbr0': as many as in netdev='eth0,eth1', divided by commas");
    EXPECT_EQ(wrapper_refused({"start", "netdev=eth0", "vifnum=1,2"}),
              "vifnum='1,2': as many as in netdev='eth0', divided by commas");
}

TEST(UplinkWrapperCall, RefusesWhatIsListedTwice) {
    EXPECT_EQ(wrapper_refused({"start", "netdev=eth0,eth1,eth0"}), "netdev='eth0,eth1,eth0': none of them twice");
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "bridge=br0,br0"}), "bridge='br0,br0': none of them twice");
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "vifnum=1,01"}), "vifnum='1,01': none of them twice");
}

TEST(UplinkWrapperCall, RefusesGapsAndANullAmongOthers) {
    EXPECT_EQ(wrapper_refused({"start", "netdev=eth0,"}), "netdev='': an interface name has 1 to 15 bytes");
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "bridge=,br1"}),
              "bridge='': an interface name has 1 to 15 bytes");
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "vifnum=1,"}), "vifnum='': a number from 0 to 65535");
    EXPECT_EQ(wrapper_refused({"start", "netdev=a,b", "bridge=br0,null"}),
              "bridge='null': only alone, where it means that nothing is to be done");
}

} // namespace
} // namespace vifplug
