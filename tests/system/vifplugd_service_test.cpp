// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the daemon tells the service manager that started it.
#include "system/vifplugd_world.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vifplug::test {
namespace {

/// What systemd hears.
class Manager {
  public:
    Manager() : end_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address{AF_UNIX, "/run/manager"};
        EXPECT_EQ(bind(end_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() { close(end_); }

    /// Signs of life come seldom enough that all the rest fits when nobody listens (net.unix.max_dgram_qlen).
    Variables added_to(Variables environment, const std::string& watchdog_usec = "7200000000") const {
        environment["NOTIFY_SOCKET"] = "/run/manager";
        environment["WATCHDOG_USEC"] = watchdog_usec;
        return environment;
    }

    bool has_heard(const std::string& word) {
        char text[4096];
        for (ssize_t got = 0; (got = recv(end_, text, sizeof text, MSG_DONTWAIT)) > 0;)
            heard_ += std::string(text, static_cast<std::size_t>(got)) + "\n";
        return heard_.find(word + "\n") != std::string::npos;
    }

    const std::string& heard() const { return heard_; }

  private:
    int end_;
    std::string heard_;
};

TEST_F(Vifplugd, TellsTheServiceManagerThatItIsReadyAndAlive) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment()));
    EXPECT_TRUE(eventually([&] {
        return manager.has_heard("READY=1") && manager.has_heard("STATUS=looks after 1 vifs") &&
               manager.has_heard("WATCHDOG=1");
    })) << manager.heard();
    configure("[vifplugd\n");
    EXPECT_EQ(vifplug({"reload"}).status, 1);
    EXPECT_EQ(stop().status, 0);
    EXPECT_TRUE(manager.has_heard("STOPPING=1"));
    const std::string& heard = manager.heard();
    EXPECT_LT(heard.find("RELOADING=1"), heard.rfind("READY=1")) << heard;
    EXPECT_LT(heard.rfind("READY=1"), heard.find("STOPPING=1")) << heard;
}

TEST_F(Vifplugd, GivesSignsOfLifeAgainAndAgain) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment(), "100000"));
    EXPECT_TRUE(eventually([&] { return manager.has_heard("WATCHDOG=1\nWATCHDOG=1"); })) << manager.heard();
}

/// WatchdogSec=2h in a drop-in of the unit's: more microseconds than 32 bits have.
TEST_F(Vifplugd, ASeldomSignOfLifeIsGivenToo) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment(), "7200000000"));
    EXPECT_TRUE(eventually([&] { return manager.has_heard("WATCHDOG=1"); })) << manager.heard();
}

/// What is ordered behind it would be started too early.
TEST_F(Vifplugd, IsNotReadyBecauseItReloads) {
    Manager manager;
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, manager.added_to(environment_before_xenstored()));
    ASSERT_TRUE(eventually([&] { return said().find("waiting for xenstored") != std::string::npos; })) << said();
    EXPECT_EQ(vifplug({"reload"}).status, 0);
    EXPECT_FALSE(manager.has_heard("READY=1")) << manager.heard();
    const Xenstored late(store_to_come);
    EXPECT_TRUE(eventually([&] { return manager.has_heard("READY=1"); }));
}

} // namespace
} // namespace vifplug::test
