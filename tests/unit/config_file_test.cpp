// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/config_file.hpp"

#include "refusal.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace vifplug {
namespace {

Configuration parse(const std::string& text) {
    return parse_configuration(text, "x.toml");
}

std::string refused(const std::string& text) {
    return test::refusal([&] { return parse(text); });
}

/// A directory that goes away with the test.
class ADirectory {
  public:
    ADirectory() { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
    ADirectory(const ADirectory&) = delete;
    ADirectory& operator=(const ADirectory&) = delete;
    ~ADirectory() { std::filesystem::remove_all(path_); }

    std::string path(const std::string& file) const { return path_ + "/" + file; }

  private:
    std::string path_ = testing::TempDir() + "vifplug-config-XXXXXX";
};

TEST(ConfigFile, SaysNothingWhenEmpty) {
    for (const char* text : {"", "\n# only a comment\n", "bridge = []\n"})
        EXPECT_EQ(parse(text), Configuration{}) << text;
}

TEST(ConfigFile, ReadsEveryKeyOfABridge) {
    const Configuration read = parse("[[bridge]]\n"
                                     "name = 'xenbr7'\n"
                                     "netdev = \"enp3s0\"\n"
                                     "topology = 'bridge'\n"
                                     "vifnum = 7\n"
                                     "mtu = 9000\n");
    ASSERT_EQ(read.bridges.size(), 1u);
    EXPECT_EQ(read.bridges[0].bridge->str(), "xenbr7");
    EXPECT_EQ(read.bridges[0].netdev, "enp3s0");
    EXPECT_EQ(read.bridges[0].topology, Topology::bridge);
    EXPECT_EQ(read.bridges[0].vifnum, 7u);
    EXPECT_EQ(read.bridges[0].mtu, Mtu(9000));
}

TEST(ConfigFile, ReadsEveryKeyOfTheDaemon) {
    const Configuration read = parse("[vifplugd]\nscripts = ['/usr/local/bin/x', 'vif-mine']\npatience = 60\n");
    EXPECT_EQ(read.daemon.scripts, (std::vector<std::string>{"/usr/local/bin/x", "vif-mine"}));
    EXPECT_EQ(read.daemon.patience, std::chrono::seconds(60));
    EXPECT_EQ(parse("").daemon.patience, std::chrono::seconds(10));
}

TEST(ConfigFile, RefusesWhatTheDaemonCannotUse) {
    EXPECT_EQ(refused("vifplugd = 7\n"),
              "x.toml:1: vifplugd is a number: its keys are a table with the headline [vifplugd]");
    EXPECT_EQ(refused("[vifplugd]\nscript = 'x'\n"), "x.toml:2: key='script': one of scripts, patience");
    EXPECT_EQ(
        refused("[vifplugd]\nscripts = 'x'\n"),
        "x.toml:2: scripts is a text: scripts is a list of texts: whole paths, or names in Xen's script directory");
    EXPECT_NE(refused("[vifplugd]\nscripts = ['a b']\n"), "");
    EXPECT_NE(refused("[vifplugd]\nscripts = ['']\n"), "");
    for (const char* bad : {"0", "3601", "-1", "'10'", "1.5"})
        EXPECT_NE(refused("[vifplugd]\npatience = " + std::string(bad) + "\n"), "") << bad;
}

TEST(ConfigFile, ReadsWhatABridgeDoesWithVlans) {
    const auto read = [](const std::string& keys) { return parse("[[bridge]]\nnetdev='eth0'\n" + keys).bridges.at(0); };
    for (const char* yes : {"vlan_filtering = true\n", "vlan_filtering = 'yes'\n"})
        EXPECT_EQ(read(yes).vlan_filtering, true);
    for (const char* no : {"vlan_filtering = false\n", "vlan_filtering = 'no'\n"})
        EXPECT_EQ(read(no).vlan_filtering, false);
    EXPECT_EQ(text_of(read("vlans = '1p/2-4094'\n").vlans.value()), "1p/2-4094");
    EXPECT_EQ(text_of(read("vlan_filtering = true\nvlans = 'auto'\n").vlans.value()), "auto");
    EXPECT_EQ(read("vlan-mode = 'device'\n").vlan_mode, VlanMode::device);
    EXPECT_EQ(read("vlan-mode = 'filter'\nvlan_filtering = true\n").vlan_mode, VlanMode::filter);
}

TEST(ConfigFile, RefusesVlansThatAreWrongOrContradictThemselves) {
    const auto refused_with = [](const std::string& keys) { return refused("[[bridge]]\nnetdev='eth0'\n" + keys); };
    EXPECT_EQ(refused_with("vlan_filtering = 1\n"), "x.toml:3: vlan_filtering is a number: it takes true or false");
    EXPECT_EQ(refused_with("vlan_filtering = 'on'\n"), "x.toml:3: vlan_filtering='on': yes or no");
    EXPECT_EQ(refused_with("vlans = 10\n"), "x.toml:3: vlans is a number: it takes a text in quotes");
    EXPECT_EQ(refused_with("vlans = '1/2'\n"),
              "x.toml:3: vlans='1/2': one of several VLANs is the PVID, and has a p behind it");
    EXPECT_EQ(refused_with("vlan-mode = 'both'\n"), "x.toml:3: vlan-mode='both': filter or device");
    EXPECT_EQ(
        refused_with("vlans = 'auto'\nvlan_filtering = false\n"),
        "x.toml:1: vlans='auto': not with vlan_filtering=no: a bridge that does not filter lets all VLANs through");
    const std::string rule = ": each VLAN has a bridge of its own then, and none filters";
    EXPECT_EQ(refused_with("vlan-mode = 'device'\nvlan_filtering = true\n"),
              "x.toml:1: vlan-mode='device': not with vlan_filtering=yes" + rule);
    EXPECT_EQ(refused_with("vlan-mode = 'device'\nvlans = 'auto'\n"),
              "x.toml:1: vlan-mode='device': not with vlans='auto'" + rule);
}

TEST(ConfigFile, LeavesToBeChosenWhatIsNotSaid) {
    UplinkRequest eth0;
    eth0.netdev = "eth0";
    eth0.is_configured = true;
    EXPECT_EQ(parse("[[bridge]]\nnetdev='eth0'\nmtu=0\n").bridges, std::vector{eth0});
}

TEST(ConfigFile, KeepsTheOrderOfTheBridges) {
    const auto bridges = parse("[[bridge]]\nnetdev='b'\n[[bridge]]\nnetdev='a'\n").bridges;
    ASSERT_EQ(bridges.size(), 2u);
    EXPECT_EQ(bridges[0].netdev, "b");
    EXPECT_EQ(bridges[1].netdev, "a");
}

TEST(ConfigFile, RefusesWrongValuesWithFileLineAndRule) {
    EXPECT_EQ(refused("\n[[bridge]]\nnetdev='eth0'\nmtu=12\n"),
              "x.toml:4: mtu='12': a number from 68 to 65535, or 0 for the NIC's");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='eth0'\nvifnum=-1\n"), "x.toml:3: vifnum='-1': a number from 0 to 65535");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='eth0'\ntopology='ring'\n"), "x.toml:3: topology='ring': veth or bridge");
    EXPECT_EQ(refused("[[bridge]]\nnetdev=''\n"), "x.toml:2: netdev='': an interface name has 1 to 15 bytes");
    EXPECT_EQ(refused("[[bridge]]\nname=''\n"), "x.toml:2: name='': an interface name has 1 to 15 bytes");
    EXPECT_EQ(refused("[[bridge]]\nname='null'\n"),
              "x.toml:2: name='null': on a command line bridge=null means that nothing is to be done");
    EXPECT_EQ(refused("[[bridge]]\nnetdev=\"a\\u001bb\"\n").substr(0, 26), "x.toml:2: netdev='a\\x1bb':");
}

TEST(ConfigFile, RefusesUnknownKeysWithTheKnownOnes) {
    EXPECT_EQ(refused("[[bridge]]\nnetdev='eth0'\nvlan=3\n"),
              "x.toml:3: key='vlan': one of name, netdev, topology, vifnum, mtu, vlan_filtering, vlans, vlan-mode");
    EXPECT_EQ(refused("\n[daemon]\n"), "x.toml:2: key='daemon': one of bridge, vifplugd");
    EXPECT_EQ(refused("\"a\\nb\" = 1\n"), "x.toml:1: key='a\\x0ab': one of bridge, vifplugd");
    EXPECT_EQ(refused("[[Bridge]]\nnetdev='eth0'\n"), "x.toml:1: key='Bridge': one of bridge, vifplugd");
}

TEST(ConfigFile, RefusesWrongTypes) {
    EXPECT_EQ(refused("[[bridge]]\nnetdev=0\n"), "x.toml:2: netdev is a number: it takes a text in quotes");
    EXPECT_EQ(refused("[[bridge]]\nname=true\n"), "x.toml:2: name is true or false: it takes a text in quotes");
    EXPECT_EQ(refused("[[bridge]]\ntopology=['veth']\n"), "x.toml:2: topology is an array: it takes a text in quotes");
    EXPECT_EQ(refused("[[bridge]]\nvifnum='3'\n"),
              "x.toml:2: vifnum is a text: it takes a whole number without quotes");
    EXPECT_EQ(refused("[[bridge]]\nmtu=1500.0\n"), "x.toml:2: mtu is a number: it takes a whole number without quotes");
    EXPECT_EQ(refused("[[bridge]]\nmtu=2026-01-01\n"),
              "x.toml:2: mtu is a date or time: it takes a whole number without quotes");
    EXPECT_EQ(refused("[[bridge]]\nmtu.x=1\n"), "x.toml:2: mtu is a table: it takes a whole number without quotes");
}

TEST(ConfigFile, ABridgeIsATableOfItsOwn) {
    const std::string rule = "each bridge is a table of its own with the headline [[bridge]]";
    EXPECT_EQ(refused("[bridge]\nnetdev='eth0'\n"), "x.toml:1: bridge is a table: " + rule);
    EXPECT_EQ(refused("bridge='xenbr0'\n"), "x.toml:1: bridge is a text: " + rule);
    EXPECT_EQ(refused("bridge=[\n'xenbr0']\n"), "x.toml:2: bridge holds a text: " + rule);
}

TEST(ConfigFile, ABridgeHasANetdev) {
    EXPECT_EQ(refused("# none\n[[bridge]]\nname='xenbr0'\n"),
              "x.toml:2: [[bridge]] without netdev: it says which NIC is put on the bridge");
}

TEST(ConfigFile, RefusesWhatTwoBridgesCannotShare) {
    EXPECT_EQ(refused("[[bridge]]\nnetdev='a'\n[[bridge]]\nnetdev='a'\n"),
              "x.toml:3: netdev='a': another [[bridge]] has it already");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='a'\nname='br0'\n[[bridge]]\nnetdev='b'\nname='br0'\n"),
              "x.toml:4: name='br0': another [[bridge]] has it already");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='a'\nvifnum=1\n[[bridge]]\nnetdev='b'\nvifnum=0x1\n"),
              "x.toml:4: vifnum='1': another [[bridge]] has it already");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='a'\n[[bridge]]\nnetdev='b'\n"), "accepted");
}

TEST(ConfigFile, SaysWhereItIsNoToml) {
    EXPECT_EQ(refused("[[bridge]]\nnetdev=eth0\n").substr(0, 12), "x.toml:2:8: ");
    EXPECT_EQ(refused("[[bridge]\n").substr(0, 9), "x.toml:1:");
    EXPECT_EQ(refused("[[bridge]]\nnetdev='a'\nnetdev='b'\n").substr(0, 9), "x.toml:3:");
    EXPECT_EQ(refused("x = '\xff'").substr(0, 9), "x.toml:1:");
    EXPECT_EQ(refused(std::string("x = '\0'", 7)).substr(0, 9), "x.toml:1:");
}

TEST(ConfigFile, LettersWithAccentsOutsideOfQuotesAreRefusedLikeOthers) {
    for (const std::string letter : {"ä", "§", "λ", "、", "\ufeff"}) { // U+00A1 to U+0499, U+3001, U+FEFF
        EXPECT_EQ(refused("bridge = " + letter).substr(0, 9), "x.toml:1:") << letter;
        EXPECT_EQ(refused("# " + letter + "\n" + letter + " = 1\n").substr(0, 9), "x.toml:2:") << letter;
    }
    EXPECT_EQ(refused("[[bridge]]\nnetdev = \"\"\"\\\nä\"\"\"\n"), "accepted");
    EXPECT_EQ(parse("[[bridge]]\nnetdev = 'Straße'\n").bridges[0].netdev, "Straße");
}

TEST(ConfigFile, ThatIsNotThereSaysNothing) {
    const ADirectory directory;
    EXPECT_EQ(read_configuration(directory.path("none.toml")), Configuration{});
}

TEST(ConfigFile, IsReadFromItsPath) {
    const ADirectory directory;
    std::ofstream(directory.path("a.toml")) << std::string(9000, '#') << "\n[[bridge]]\nnetdev='eth0'\n";
    std::filesystem::create_symlink("a.toml", directory.path("link.toml"));
    for (const char* name : {"a.toml", "link.toml"})
        EXPECT_EQ(read_configuration(directory.path(name)).bridges.size(), 1u) << name;
    std::ofstream(directory.path("b.toml")) << "x=1\n";
    EXPECT_EQ(test::refusal([&] { return read_configuration(directory.path("b.toml")); }),
              directory.path("b.toml") + ":1: key='x': one of bridge, vifplugd");
}

TEST(ConfigFile, ThatCannotBeReadIsAnError) {
    const ADirectory directory;
    try {
        (void)read_configuration(directory.path(""));
        FAIL() << "a directory was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.what(), "read " + directory.path("") + ": Is a directory");
    }
    std::filesystem::create_symlink("loop.toml", directory.path("loop.toml"));
    EXPECT_THROW((void)read_configuration(directory.path("loop.toml")), Error);
}

TEST(ConfigFile, ThatIsTooLongIsRefused) {
    const ADirectory directory;
    std::ofstream(directory.path("a.toml")) << std::string(1048577, '#');
    EXPECT_EQ(test::refusal([&] { return read_configuration(directory.path("a.toml")); }),
              directory.path("a.toml") + ": a configuration has at most 1 MiB");
}

/// The example as somebody uses it: "#key" is a setting that is commented out, "# words" are words.
std::string example_put_to_use() {
    std::ifstream file(VIFPLUG_EXAMPLE);
    std::string text;
    for (std::string line; std::getline(file, line);)
        text += (line.starts_with('#') && !line.starts_with("# ") ? line.substr(1) : line) + "\n";
    return text;
}

TEST(ConfigFile, TheExampleSaysNothingUntilItIsPutToUse) {
    ASSERT_TRUE(std::filesystem::exists(VIFPLUG_EXAMPLE));
    EXPECT_EQ(read_configuration(VIFPLUG_EXAMPLE), Configuration{});
    const auto bridges = parse(example_put_to_use()).bridges;
    ASSERT_EQ(bridges.size(), 2u);
    EXPECT_EQ(bridges[0].bridge->str(), "xenbr0");
    EXPECT_EQ(bridges[0].mtu, Mtu(1500));
    EXPECT_EQ(bridges[1].netdev, "eth1");
}

TEST(ConfigFile, IsWhereTheEnvironmentSays) {
    const auto set_to = [](const std::optional<std::string>& value) {
        return config_path([&](std::string_view name) { return name == "VIFPLUG_CONFIG" ? value : std::nullopt; });
    };
    EXPECT_EQ(set_to("/tmp/x.toml"), "/tmp/x.toml");
    EXPECT_EQ(set_to(""), "/etc/xen/vifplug.toml");
    EXPECT_EQ(set_to(std::nullopt), "/etc/xen/vifplug.toml");
}

} // namespace
} // namespace vifplug
