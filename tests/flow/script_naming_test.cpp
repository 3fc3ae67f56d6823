// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The daemon's work on fakes, beside Xen's own script, which names vifs itself.
#include "keeper_world.hpp"

namespace vifplug {
namespace {

using namespace std::chrono_literals;

class BesideXensScript : public test::KeeperWorld {
  protected:
    BesideXensScript() {
        script_is_xens_own = true;
        store.write(backend + "/vifname", "web0");
        store.write("/libxl/7/device/vif/0/frontend", "/local/domain/7/device/vif/0");
    }

    void rename(const std::string& from, const std::string& to) {
        links.perform(Rename{netdev_of(port(from)), to});
        keeper.heard({news_of(to)});
    }
};

TEST_F(BesideXensScript, AVifIsPlacedWhenItHasItsName) {
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    EXPECT_EQ(port().master, std::nullopt);
    EXPECT_EQ(store.read(backend + "/hotplug-status"), "");
    rename("vif7.0", "web0");
    set("hotplug-status", "connected");
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port("web0").master, links.find("xenbr0")->index);
    EXPECT_EQ(run.record(vif7, PortKind::vif)->name, "web0"); // nothing else tells whose it is
    EXPECT_EQ(store.read(backend + "/hotplug-error"), std::nullopt);
}

TEST_F(BesideXensScript, AVifIsNotLeftToAScriptThatHasFailed) {
    work();
    set("hotplug-status", "error");
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port("web0").master, links.find("xenbr0")->index);
}

TEST_F(BesideXensScript, AVifIsNotLeftForLongToAScriptThatNobodyCalls) {
    work();
    EXPECT_EQ(keeper.next_time(), now + 10s);
    work_after(9s);
    keeper.heard({news_of("vif7.0")});
    work();
    EXPECT_EQ(vif().phase, Phase::waiting);
    EXPECT_EQ(keeper.next_time(), now + 1s);
    work_after(1s);
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port("web0").master, links.find("xenbr0")->index);
    EXPECT_EQ(keeper.next_time(), std::nullopt);
}

TEST_F(BesideXensScript, AVifThatKeepsItsNameIsPlacedAtOnce) {
    for (const char* name : {"", "vif7.0"}) {
        store.write(backend + "/vifname", name);
        keeper.reconcile(vif7);
        work();
        EXPECT_EQ(vif().phase, Phase::placed) << name;
    }
}

TEST_F(BesideXensScript, NobodyElseIsWaitedFor) {
    keeper.take(Residence::driver_domain); // no toolstack calls a script there
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(BesideXensScript, WhatLibxlDidNotMakeIsNotWaitedFor) {
    store.remove("/libxl/7");
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(BesideXensScript, OursInItsPlaceIsNotWaitedFor) {
    script_is_xens_own = false;
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
}

TEST_F(BesideXensScript, ATapIsLeftToItToo) {
    links.add("vif7.0-emu", "tun");
    work();
    rename("vif7.0", "web0");
    set("hotplug-status", "connected");
    keeper.heard({news_of("vif7.0-emu")});
    work();
    EXPECT_EQ(vif().phase, Phase::placed);
    EXPECT_EQ(port("vif7.0-emu").master, std::nullopt);
    set("state", "4"); // whatever else happens
    EXPECT_EQ(keeper.next_time(), now + 10s);
    rename("vif7.0-emu", "web0-emu");
    work_after(10s);
    EXPECT_EQ(port("web0-emu").master, links.find("xenbr0")->index);
    EXPECT_EQ(run.record(vif7, PortKind::tap)->name, "web0-emu");
}

TEST_F(BesideXensScript, ATapIsNotLeftForLongToAScriptThatNobodyCalls) {
    links.add("vif7.0-emu", "tun");
    keeper.heard({news_of("vif7.0-emu")});
    work();
    work_after(10s); // the vif
    work_after(10s);
    EXPECT_EQ(port("web0").master, links.find("xenbr0")->index);
    EXPECT_EQ(port("web0-emu").master, links.find("xenbr0")->index);
}

} // namespace
} // namespace vifplug
