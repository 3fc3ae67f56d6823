// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes: when it believes what it saw of all links at once.
#include "keeper_world.hpp"

namespace vifplug {
namespace {

using test::Keeper;

TEST_F(Keeper, ASurveyIsNotBelievedAboutANetdevThatChangedSince) {
    work();
    surveys = true;
    keeper.start_over();
    take_off();
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ASurveyIsNotBelievedAboutABridgeThatChangedSince) {
    work();
    surveys = true;
    keeper.start_over();
    links.perform(Rename{netdev_of(*links.find("xenbr0")), "other"});
    keeper.heard({news_of("other")});
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
}

TEST_F(Keeper, ASurveyIsNotBelievedWhenNewsWereLostSince) {
    work();
    surveys = true;
    keeper.start_over();
    take_off(); // which nobody heard
    keeper.forget_survey();
    work();
    EXPECT_EQ(port().master, links.find("xenbr0")->index);
}

TEST_F(Keeper, ASurveyFindsAnMtuThatChangedWhileNobodyListened) {
    work();
    surveys = true;
    for (const char* name : {"vif7.0", "xenbr0"}) // a bridge follows its smallest port
        links.perform(SetMtu{netdev_of(port(name)), 1500, 1400});
    keeper.start_over();
    work();
    EXPECT_EQ(port().mtu, 1500U);
    EXPECT_EQ(vif().history.repairs(), 1U);
}

TEST_F(Keeper, ASurveyCountsForOneLook) {
    links.add("vif8.0", "veth");
    make_backend("8/0");
    keeper.heard(concern_of("backend/vif/8"));
    work();
    surveys = true;
    keeper.look_at_all();
    ASSERT_TRUE(keeper.work(now)); // vif8.0 has its look before it
    tamper();
    EXPECT_TRUE(is_on("xenbr0"));
}

TEST_F(Keeper, WhatASurveyFindsInItsPlaceIsToldOnce) {
    work();
    surveys = true;
    keeper.look_at_all();
    work();
    EXPECT_EQ(history(), (std::vector<std::string>{"seen", "placed on xenbr0"}));
}

} // namespace
} // namespace vifplug
