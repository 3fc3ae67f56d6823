// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What people ask of the daemon, and what it answers.
#include "app/control_commands.hpp"
#include "app/operator_main.hpp"

#include "keeper_world.hpp"

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

namespace vifplug {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class Control : public test::KeeperWorld {
  protected:
    Control() { work(); }

    json ask(const json& question) { return say(question.dump()); }

    json say(const std::string& line) {
        const DaemonState state{.process = 412,
                                .since = {},
                                .now = now,
                                .residence = Residence::dom0,
                                .store_is_there = true,
                                .marked = keeper.marked()};
        return json::parse(answer_to_line(line, {keeper, state, [this] { ++reloads; }}));
    }

    json vif_as_told() { return ask({{"command", "status"}, {"vif", "7.0"}}).at("vifs").at(0); }

    int reloads = 0;
};

TEST_F(Control, StatusTellsAllOfAVif) {
    links.set_vlan_settings("xenbr0", {true, 1});
    keeper.heard({news_of("xenbr0")});
    set("vlan", "10");
    tamper();
    json one = vif_as_told();
    EXPECT_EQ(one.at("history").size(), 4U);
    EXPECT_EQ(one.at("history").at(3).at("event"), "repaired");
    one.erase("history");
    EXPECT_EQ(one, json({{"vif", "7.0"},
                         {"phase", "placed"},
                         {"netdev", "vif7.0"},
                         {"bridge", "xenbr0"},
                         {"mtu", 1500},
                         {"vlans", "10p"},
                         {"reason", nullptr},
                         {"repairs", 1},
                         {"errors", 0},
                         {"slowed", false}}));
}

TEST_F(Control, StatusTellsWhyAVifFailed) {
    set("mtu", "many");
    const json one = vif_as_told();
    EXPECT_EQ(one.at("phase"), "failed");
    EXPECT_EQ(one.at("reason"), vif().reason);
    EXPECT_EQ(one.at("errors"), 1);
    EXPECT_EQ(one.at("vlans"), nullptr);
}

TEST_F(Control, AVifThatIsPutBackLaterIsNotWell) {
    tamper_until_it_is_slowed();
    EXPECT_EQ(exit_status_of(ask({{"command", "status"}})), 0);
    tamper();
    EXPECT_EQ(exit_status_of(ask({{"command", "status"}})), 1);
    work_after(2s);
    EXPECT_EQ(exit_status_of(ask({{"command", "status"}})), 0);
}

TEST_F(Control, StatusTellsWhatIsStillToBeLookedAt) {
    keeper.reconcile(vif7);
    EXPECT_EQ(ask({{"command", "status"}}).at("daemon").at("marked"), 1);
}

TEST_F(Control, TimesAreUtc) {
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    EXPECT_EQ(ask({{"command", "status"}}).at("daemon").at("since"), "1970-01-01T00:00:00Z");
    unsetenv("TZ");
    tzset();
}

TEST_F(Control, ReconcilesOneOrAll) {
    links.add("vif8.0", "veth");
    make_backend("8/0");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    for (const char* name : {"7.0", "vif7.0"}) {
        EXPECT_EQ(ask({{"command", "reconcile"}, {"vif", name}}), json({{"version", 1}}));
        EXPECT_EQ(keeper.marked(), 1U) << name;
        work();
    }
    (void)ask({{"command", "reconcile"}});
    EXPECT_EQ(keeper.marked(), 2U);
}

TEST_F(Control, ReloadsOnce) {
    EXPECT_EQ(ask({{"command", "reload"}}), json({{"version", 1}}));
    EXPECT_EQ(reloads, 1);
}

TEST_F(Control, SaysWhatItDoesNotUnderstand) {
    EXPECT_EQ(say("status").at("error"), "question='status': a JSON object with a command");
    EXPECT_EQ(ask({{"command", 7}}).at("error"), "command='7': a text");
    EXPECT_EQ(ask({{"command", "status"}, {"vif", nullptr}}).at("error"), "vif='null': a text");
}

TEST_F(Control, AnEmptyNameIsNotThatOfAll) {
    EXPECT_EQ(ask({{"command", "reconcile"}, {"vif", ""}}).at("error"), "vif='': a vif is DOMID.DEVID, like 7.0");
    EXPECT_EQ(keeper.marked(), 0U);
}

TEST_F(Control, RefusesWhatItDoesNotKnow) {
    const std::vector<json> questions{7,
                                      json::array(),
                                      json::object(),
                                      {{"command", "stop"}},
                                      {{"command", 7}},
                                      {{"command", "status"}, {"vif", "8.0"}},
                                      {{"command", "status"}, {"vif", "seven"}}};
    for (const json& question : questions)
        EXPECT_TRUE(ask(question).contains("error")) << question;
    EXPECT_EQ(keeper.marked(), 0U);
}

} // namespace
} // namespace vifplug
