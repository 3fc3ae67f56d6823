// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon whose log nobody reads.
#include "support/syslog.hpp"
#include "system/vifplugd_world.hpp"

#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace vifplug::test {
namespace {

/// A FIFO that somebody opened and does not read.
class FullPipe {
  public:
    explicit FullPipe(const std::string& path) {
        mkfifo(path.c_str(), 0600);
        end_ = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        const std::string page(4096, 'x');
        while (write(end_, page.data(), page.size()) > 0)
            continue;
    }
    FullPipe(const FullPipe&) = delete;
    FullPipe& operator=(const FullPipe&) = delete;
    ~FullPipe() { close(end_); }

    /// What it has heard so far, beside what it was filled with.
    const std::string& heard() {
        char text[4096];
        for (ssize_t got = 0; (got = read(end_, text, sizeof text)) > 0;)
            for (const char c : std::string_view(text, static_cast<std::size_t>(got)))
                if (c != 'x' || !heard_.empty())
                    heard_ += c;
        return heard_;
    }

  private:
    int end_ = -1;
    std::string heard_;
};

TEST_F(Vifplugd, AStderrThatNobodyReadsHoldsUpNoGuest) {
    FullPipe pipe("/run/pipe");
    daemon_.emplace(Words{"/bin/sh", "-c", "exec " + program("../../sbin/vifplugd") + " 2>/run/pipe"}, environment());
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    ASSERT_EQ(vifplug({"status"}).status, 0);
    EXPECT_EQ(pipe.heard(), "");
    make_vif(3, 0);
    EXPECT_TRUE(eventually([&] { return pipe.heard().find("vif3.0: added to xenbr0") != std::string::npos; }));
    EXPECT_EQ(pipe.heard().find("vifplugd: 3 lines were lost here, since nobody read them\nvifplugd: vif3.0: "), 0U)
        << pipe.heard();
    EXPECT_EQ(stop().status, 0);
}

TEST_F(Vifplugd, ItEndsThoughNobodyReadsItsStderr) {
    const FullPipe pipe("/run/pipe");
    daemon_.emplace(Words{"/bin/sh", "-c", "exec " + program("../../sbin/vifplugd") + " 2>/run/pipe"}, environment());
    EXPECT_TRUE(eventually([&] { return is_connected(1, 0); }));
    EXPECT_EQ(stop().status, 0);
}

TEST_F(Vifplugd, ASyslogThatNobodyReadsHoldsUpNoGuest) {
    Syslog syslog;
    syslog.fill();
    start();
    make_vif(2, 0);
    EXPECT_TRUE(eventually([&] { return is_connected(2, 0); }));
    ASSERT_EQ(vifplug({"status"}).status, 0); // so its line was written, too
    while (!syslog.next().empty())
        continue;
    make_vif(3, 0);
    EXPECT_TRUE(eventually([&] { return said().find("vif3.0: added") != std::string::npos; }));
    const std::string lost = syslog.next();
    EXPECT_NE(lost.find("]: 3 lines were lost here, since nobody read them"), std::string::npos) << lost;
    const std::string line = syslog.next();
    EXPECT_EQ(line.find("<30>"), 0U) << line; // daemon.info
    EXPECT_NE(line.find(" vifplugd["), std::string::npos) << line;
    EXPECT_NE(line.find("]: vif3.0: added to xenbr0, MTU 1500"), std::string::npos) << line;
}

} // namespace
} // namespace vifplug::test
