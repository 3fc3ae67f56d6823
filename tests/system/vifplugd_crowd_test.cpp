// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A thousand guests, and frames for each of them all the time: whatever the daemon does or suffers, not one is lost.
#include "support/stepped.hpp"
#include "system/daemon_world.hpp"
#include "system/frames.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

namespace vifplug::test {
namespace {

constexpr int bridges = 5; // one takes 1,023 ports, and a frame to all of them takes its time
constexpr int guests = 1000;
constexpr int first = 2; // guest 1 is everybody's, and looks on

std::string name_of(const std::string& what, int number) {
    return what + std::to_string(number);
}

std::string vif(int guest) {
    return name_of("vif", guest) + ".0";
}

std::string other_end(int guest) {
    return name_of("guest", guest) + ".0";
}

std::string bridge_of(int guest) {
    return name_of("crowd", guest % bridges);
}

/// The first guest of each bridge sends to all others there, until it is stopped.
class Chatter {
  public:
    Chatter() {
        for (int bridge = 0; bridge < bridges; ++bridge)
            senders_.push_back(std::make_unique<FrameSocket>(other_end(first + bridge)));
        for (int bridge = 0; bridge < bridges; ++bridge)
            last_.push_back(std::make_unique<FrameSocket>(other_end(first + guests - bridges + bridge)));
        thread_ = std::thread([this] { talk(); });
    }
    Chatter(const Chatter&) = delete;
    Chatter& operator=(const Chatter&) = delete;
    ~Chatter() { (void)stop(); }

    /// How many each guest was sent so far.
    long sent() const { return sent_; }

    /// Gives the same, in the end.
    long stop() {
        stops_ = true;
        if (thread_.joinable())
            thread_.join();
        return sent_;
    }

  private:
    void talk() {
        constexpr std::chrono::milliseconds pause{5}; // 200,000 frames a second arrive all the same
        for (; !stops_; std::this_thread::sleep_for(pause)) {
            for (std::size_t bridge = 0; bridge < senders_.size(); ++bridge) {
                senders_[bridge]->send({"untagged", "to everybody"});
                // More than a processor has room for would be lost between two netdevs (net.core.netdev_max_backlog).
                (void)last_[bridge]->receive(std::chrono::seconds(1));
            }
            ++sent_;
        }
    }

    std::vector<std::unique_ptr<FrameSocket>> senders_;
    std::vector<std::unique_ptr<FrameSocket>> last_; // one that receives, of each bridge
    std::atomic<long> sent_{0};
    std::atomic<bool> stops_{false};
    std::thread thread_;
};

class Crowd : public DaemonWorld {
  protected:
    Crowd() {
        // A guest without addresses of its own says nothing that would be counted with the frames.
        for (const char* of : {"all", "default"})
            std::ofstream(std::string("/proc/sys/net/ipv6/conf/") + of + "/disable_ipv6") << 1;
        for (int bridge = 0; bridge < bridges; ++bridge) {
            ip("link add name " + bridge_of(bridge) + " type bridge");
            ip("link set dev " + bridge_of(bridge) + " up");
        }
        constexpr int at_once = 100; // all in one batch can take a slow machine longer than a program is waited for
        for (int guest = first; guest < first + guests; guest += at_once)
            make_netdevs(guest, std::min(guest + at_once, first + guests));
        for (int guest = first; guest < first + guests; guest += bridges) {
            Words nodes;
            for (int each = guest; each < guest + bridges; ++each)
                for (const std::string& word : nodes_of_vif(each, 0, bridge_of(each)))
                    nodes.push_back(word);
            write_all(nodes);
        }
    }

    void make_netdevs(int from, int end) const {
        std::ofstream batch("/run/batch");
        for (int guest = from; guest < end; ++guest)
            batch << "link add name " << vif(guest) << " address fe:ff:ff:ff:ff:ff type veth peer name "
                  << other_end(guest) << "\nlink set dev " << other_end(guest) << " up\n";
        batch.close();
        ip("-batch /run/batch");
    }

    /// Starts the daemon, kills it as soon as that guest has its vif.
    void die_at(int guest) {
        daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment());
        EXPECT_TRUE(eventually([&] { return is_connected(guest, 0); })) << guest;
        (void)stop(SIGKILL);
    }

    /// Starts the daemon, kills it at its `moment`th system call stop; false when it never came so far.
    bool die_at_stop(int moment) {
        Variables variables = environment();
        variables["ASAN_OPTIONS"] = "detect_leaks=0"; // which cannot look into a traced program
        Stepped victim({program("../../sbin/vifplugd")}, variables);
        return victim.steps(moment);
    }

    /// How many frames have reached each guest, by the name of its end.
    static std::map<std::string, long> received() {
        std::map<std::string, long> counts;
        for (const auto& link : nlohmann::json::parse(must({"ip", "-s", "-j", "link", "show"})))
            counts[link.at("ifname")] = link.at("stats64").at("rx").at("packets");
        return counts;
    }

    static void expect_all_received(long sent, const std::map<std::string, long>& before) {
        const auto others = [&] {
            const auto after = received();
            int count = 0;
            for (int guest = first + bridges; guest < first + guests; ++guest)
                count += after.at(other_end(guest)) - before.at(other_end(guest)) == sent ? 0 : 1;
            return count;
        };
        (void)eventually([&] { return others() == 0; }); // the last ones may be on their way
        EXPECT_EQ(others(), 0) << "guests have not received what " << sent << " times was sent to everybody";
    }

    void expect_all_placed() const {
        std::map<std::string, std::string> masters;
        for (const auto& link : nlohmann::json::parse(must({"ip", "-j", "link", "show", "up"})))
            masters[link.at("ifname")] = link.value("master", "");
        const std::string store = store_picture();
        for (int guest = first; guest < first + guests; ++guest) {
            EXPECT_EQ(masters[vif(guest)], bridge_of(guest)) << vif(guest);
            EXPECT_NE(store.find(backend_of(guest, 0) + "/hotplug-status = \"connected\""), std::string::npos)
                << vif(guest);
        }
        EXPECT_EQ(store.find("hotplug-error"), std::string::npos);
    }
};

TEST_F(Crowd, ComesThroughTheDaemonsDeathAtAnyMoment) {
    for (const int reached : {first, first + 300, first + 800})
        die_at(reached);
    start();
    expect_all_placed();
    (void)stop(SIGKILL);

    const auto before = received();
    Chatter chatter;
    for (const int moment : {300, 1000, 3000, 9000, 16000})
        EXPECT_TRUE(die_at_stop(moment)) << moment;
    start();
    (void)stop(SIGKILL);
    start();
    expect_all_received(chatter.stop(), before);
    expect_all_placed();
    EXPECT_EQ(said().find("put back"), std::string::npos) << said();
}

TEST_F(Crowd, DoesNotNoticeWhatIsDoneForOneOfThem) {
    start();
    const int one = first + bridges - 1; // it sends, so that nobody counts what it receives
    const auto before = received();
    Chatter chatter;
    const auto goes_on = [&] {
        const long now = chatter.sent();
        return eventually([&] { return chatter.sent() > now + 3; });
    };
    ASSERT_TRUE(goes_on());
    ip("link set dev " + vif(1) + " master crowd0 up");
    EXPECT_TRUE(eventually([&] { return is_placed(vif(1), "xenbr0"); }));
    write(backend_of(1, 0) + "/bridge", "crowd1");
    EXPECT_TRUE(eventually([&] { return is_placed(vif(1), "crowd1"); }));
    write(backend_of(one, 0) + "/mtu", "1400");
    EXPECT_TRUE(eventually([&] { return is_placed(vif(one), bridge_of(one), 1400); }));
    ASSERT_TRUE(goes_on());
    EXPECT_EQ(vifplug({"reconcile"}).status, 0);
    EXPECT_EQ(vifplug({"reload"}).status, 0);
    ASSERT_TRUE(goes_on());
    EXPECT_TRUE(eventually([&] { return status().at("daemon").at("marked") == 0; }));
    expect_all_received(chatter.stop(), before);
    expect_all_placed();
}

} // namespace
} // namespace vifplug::test
