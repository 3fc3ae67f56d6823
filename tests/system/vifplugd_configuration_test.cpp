// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Which configuration the daemon goes by, and when it takes another.
#include "system/vifplugd_world.hpp"

#include <csignal>
#include <filesystem>

namespace vifplug::test {
namespace {

TEST_F(Vifplugd, TakesScriptsFromTheConfiguration) {
    write(backend + "/script", "/usr/local/bin/nothing");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    start();
    expect_placed("vif1.0", "xenbr0");
}

TEST_F(Vifplugd, TakesAGoodConfigurationAndRefusesABadOne) {
    write(backend + "/script", "/usr/local/bin/nothing");
    start();
    EXPECT_EQ(phase("1.0"), "not ours");
    configure("[vifplugd]\nscripts = 7\n");
    const Result bad = vifplug({"reload"});
    EXPECT_EQ(bad.status, 1);
    EXPECT_NE(bad.err.find("scripts is a number"), std::string::npos) << bad.err;
    EXPECT_NE(said().find("the configuration from before stays"), std::string::npos) << "also in the log";
    EXPECT_EQ(phase("1.0"), "not ours");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    EXPECT_EQ(vifplug({"reload"}).status, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    configure("[vifplugd\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return count(said(), "the configuration from before stays") == 2; }));
    EXPECT_EQ(phase("1.0"), "placed");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return count(said(), "has read") == 2; })) << said();
}

TEST_F(Vifplugd, AConfigurationThatIsNamedHasToBeThere) {
    const Result result =
        run({program("../../sbin/vifplugd"), "--once", "--config", "/run/no-such-file"}, environment());
    EXPECT_NE(result.status, 0);
    EXPECT_NE(result.err.find("--config: File does not exist: /run/no-such-file"), std::string::npos) << result.err;
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Vifplugd, AConfigurationThatIsNamedHasToStayThere) {
    write(backend + "/script", "/usr/local/bin/nothing");
    configure("[vifplugd]\nscripts = [\"/usr/local/bin/nothing\"]\n");
    daemon_.emplace(Words{program("../../sbin/vifplugd"), "--config", configuration}, environment());
    ASSERT_TRUE(eventually([&] { return said().find("looks after") != std::string::npos; })) << said();
    std::filesystem::remove(configuration);
    const Result reload = vifplug({"reload"});
    EXPECT_EQ(reload.status, 1);
    EXPECT_EQ(reload.err, std::string("vifplug: read ") + configuration + ": No such file or directory\n");
    kill(daemon_->pid(), SIGHUP);
    EXPECT_TRUE(eventually([&] { return said().find("the configuration from before stays") != std::string::npos; }));
    EXPECT_EQ(phase("1.0"), "placed");
}

TEST_F(Vifplugd, TheUsualConfigurationMayGo) {
    configure("[vifplugd]\npatience = 1\n");
    start();
    std::filesystem::remove(configuration);
    EXPECT_EQ(vifplug({"reload"}).status, 0);
}

} // namespace
} // namespace vifplug::test
