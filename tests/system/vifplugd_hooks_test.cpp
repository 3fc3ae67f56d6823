// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon and hooks: in a driver domain it runs them and removes backends, both of which the toolstack does in dom0.
#include "system/vifplugd_world.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace vifplug::test {
namespace {

using namespace std::chrono_literals;

void make_hook(const std::string& directory, const std::string& text) {
    const std::string hook = directory + "/10-test.hook";
    std::filesystem::create_directories(directory);
    std::ofstream(hook) << text;
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
}

/// What hooks have written.
std::string told() {
    std::ifstream file("/run/told");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// How many programs it has started that have not ended.
std::ptrdiff_t children_of(pid_t process) {
    const std::string id = std::to_string(process);
    std::ifstream list("/proc/" + id + "/task/" + id + "/children");
    return std::distance(std::istream_iterator<pid_t>(list), {});
}

/// Lets hooks go on that wait for it.
void open_gate() {
    std::ofstream("/run/gate");
}

TEST_F(Vifplugd, RemovesTheBackendInADriverDomain) {
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_EQ(status().at("daemon").at("residence"), "driver-domain");
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(seen("vif1.0").master, "");
}

TEST_F(Vifplugd, RunsHooksInADriverDomainOnceEachWay) {
    make_hook(hook_directory, "echo $command $vif $bridge >>/run/told\n");
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    ip("link set dev vif1.0 nomaster");
    EXPECT_TRUE(eventually([&] { return is_placed("vif1.0", "xenbr0"); }));
    (void)stop();
    start();
    EXPECT_EQ(told(), "online vif1.0 xenbr0\n");
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(told(), "online vif1.0 xenbr0\noffline vif1.0 xenbr0\n");
}

/// As beside xl devd, which removes a backend as soon as it is closed: the next vif of that number comes before the
/// hook of the last one has ended.
TEST_F(Vifplugd, WaitsForAHookThatOutlivesItsBackend) {
    make_hook(hook_directory,
              "echo $command $vif >>/run/told\n[ $command = online ] || until [ -e /run/gate ]; do sleep 0.05; done\n");
    write("/local/domain/0/domid", "5");
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    write(backend + "/online", "0");
    write(backend + "/state", "5");
    const std::string first = "online vif1.0\noffline vif1.0\n";
    EXPECT_TRUE(eventually([&] { return told() == first; }));
    remove("/local/domain/0/backend/vif/1");
    write_vif(1, 0, "xenbr0");
    make_vif(2, 0); // the one before was looked at when this one is placed
    EXPECT_TRUE(eventually([&] { return phase("2.0") == "placed"; }));
    const std::string meanwhile = first + "online vif2.0\n";
    EXPECT_EQ(told(), meanwhile);
    open_gate();
    EXPECT_TRUE(eventually([&] { return told() == meanwhile + "online vif1.0\n" && phase("1.0") == "placed"; }));
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
    EXPECT_TRUE(is_connected(1, 0));
}

TEST_F(Vifplugd, LooksOnceInADriverDomainWithHooks) {
    make_hook(hook_directory, "sleep 0.3\necho $command >>/run/told\n");
    write("/local/domain/0/domid", "5");
    const Result once = run({program("../../sbin/vifplugd"), "--once"}, environment());
    EXPECT_EQ(once.status, 0) << once.err;
    EXPECT_EQ(told(), "online\n");
    EXPECT_TRUE(is_connected(1, 0));
}

/// One that starts a daemon would hand on to it xenstored's and the kernel's events, which nobody would hear.
TEST_F(Vifplugd, GivesHooksNoneOfItsSockets) {
    make_hook(hook_directory, "readlink /proc/$$/fd/* >/run/told || :\n");
    write("/local/domain/0/domid", "5");
    start();
    ASSERT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_NE(told(), "");
    EXPECT_EQ(told().find("socket:"), std::string::npos) << told();
}

TEST_F(Vifplugd, RunsAHookThatFailsAgainAndOneAtTheEnd) {
    make_hook(hook_directory, "echo $command >>/run/told; [ $(wc -l </run/told) -gt 1 ]\n");
    write("/local/domain/0/domid", "5");
    const auto begin = std::chrono::steady_clock::now();
    start();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
    EXPECT_EQ(told(), "online\nonline\n");
    EXPECT_TRUE(is_connected(1, 0));
    write(backend + "/online", "0");
    write(backend + "/state", "6");
    EXPECT_TRUE(eventually([&] { return !read("/local/domain/0/backend/vif/1"); }));
    EXPECT_EQ(told(), "online\nonline\noffline\n");
}

TEST_F(Vifplugd, AHookThatGoesOnKeepsNoOtherFromStarting) {
    make_hook(hook_directory, "echo $command >>/run/told; until [ -e /run/gate ]; do sleep 0.05; done\n");
    write("/local/domain/0/domid", "5");
    start();
    ASSERT_TRUE(eventually([&] { return told() == "online\n"; }));
    (void)stop();
    start();
    open_gate();
    EXPECT_TRUE(eventually([&] { return phase("1.0") == "placed"; }));
    EXPECT_EQ(told(), "online\n");
}

/// Each takes memory and files of the daemon's while it runs.
TEST_F(Vifplugd, RunsHooksForSoManyVifsAtATime) {
    constexpr int vifs = 40;
    make_hook(hook_directory,
              "mkdir -p /run/at-work/$vif\nuntil [ -e /run/go ]; do sleep 0.1; done\nrmdir /run/at-work/$vif\n"
              "echo $vif >>/run/told\n");
    write("/local/domain/0/domid", "5");
    for (int guest = 2; guest <= vifs; ++guest)
        make_vif(guest, 0);
    const auto at_work = [] {
        const std::filesystem::path directory = "/run/at-work";
        return std::filesystem::exists(directory) ? std::distance(std::filesystem::directory_iterator(directory), {})
                                                  : 0;
    };
    start();
    EXPECT_TRUE(eventually([&] { return at_work() >= 32; }, 30s)) << at_work();
    // All vifs were looked at, and are once more: as many programs run, whether their hook has begun or not.
    EXPECT_EQ(children_of(daemon_->pid()), 32);
    EXPECT_EQ(vifplug({"reconcile"}).status, 0);
    EXPECT_TRUE(eventually([&] { return status().at("daemon").at("marked") == 0; }));
    EXPECT_EQ(children_of(daemon_->pid()), 32);
    EXPECT_EQ(at_work(), 32);
    EXPECT_EQ(vifplug({"status"}).status, 0);
    std::ofstream("/run/go") << "";
    EXPECT_TRUE(eventually([&] { return count(told(), "\n") == vifs; }, 30s)) << told();
    for (int guest = 1; guest <= vifs; ++guest)
        EXPECT_TRUE(eventually([&] { return is_connected(guest, 0); })) << guest;
}

/// Of a daemon that ends while they wait for their turn, the next one runs them.
TEST_F(Vifplugd, HooksThatHaveNotHadTheirTurnAreForTheNextDaemon) {
    constexpr int vifs = 40;
    make_hook(hook_directory, "[ $command = online ] || echo begun $vif >>/run/told\n"
                              "[ $command = online ] || until [ -e /run/gate ]; do sleep 0.1; done\n");
    write("/local/domain/0/domid", "5");
    for (int guest = 2; guest <= vifs; ++guest)
        make_vif(guest, 0);
    start();
    for (int guest = 1; guest <= vifs; ++guest)
        ASSERT_TRUE(eventually([&] { return is_connected(guest, 0); })) << guest;
    for (int guest = 1; guest <= vifs; ++guest) {
        const std::string node = "/local/domain/0/backend/vif/" + std::to_string(guest) + "/0";
        write(node + "/online", "0");
        write(node + "/state", "6");
    }
    ASSERT_TRUE(eventually([&] { return count(told(), "begun") == 32; })) << told();
    ASSERT_TRUE(eventually([&] { return status().at("daemon").at("marked") == 0; })); // the others are in line
    (void)stop();
    open_gate();
    start();
    EXPECT_TRUE(eventually([&] { return count(told(), "begun") == vifs; })) << told();
    for (int guest = 1; guest <= vifs; ++guest)
        EXPECT_EQ(count(told(), "begun vif" + std::to_string(guest) + ".0\n"), 1) << guest;
}

TEST_F(Vifplugd, ItsVifBridgesReadTheConfigurationThatWasNamed) {
    make_hook(hook_directory, "tr '\\0' '\\n' </proc/$PPID/environ | grep ^VIFPLUG_CONFIG= >>/run/told\n");
    write("/local/domain/0/domid", "5");
    std::ofstream("/run/named.toml") << "[vifplugd]\npatience = 1\n";
    daemon_.emplace(Words{program("../../sbin/vifplugd"), "--config", "/run/named.toml"}, environment());
    ASSERT_TRUE(eventually([&] { return is_connected(1, 0); })) << said();
    EXPECT_EQ(told(), "VIFPLUG_CONFIG=/run/named.toml\n");
}

TEST_F(Vifplugd, LeavesHooksToTheToolstackInDom0) {
    make_hook(hook_directory, "echo $command >>/run/told\n");
    start();
    EXPECT_TRUE(is_placed("vif1.0", "xenbr0"));
    EXPECT_TRUE(is_connected(1, 0));
    EXPECT_FALSE(std::filesystem::exists("/run/told"));
}

} // namespace
} // namespace vifplug::test
