// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/bring_up.hpp"

#include "app/carry_out.hpp"
#include "core/error.hpp"
#include "flow_world.hpp"

#include <cerrno>

namespace vifplug {
namespace {

class BringUp : public test::FlowWorld {
  protected:
    std::string failure() {
        try {
            bring_up(call(Verb::online), machine());
            return "";
        } catch (const std::exception& failed) {
            return failed.what();
        }
    }
};

TEST_F(BringUp, PlacesTheVifAndTellsOfIt) {
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.find("vif7.0")->master, links.find("xenbr0")->index);
    EXPECT_EQ(store.read("backend/vif/7/0/hotplug-status"), "connected");
    EXPECT_EQ(store.read("/local/domain/7/device/vif/0/mtu"), "1500");
}

TEST_F(BringUp, TheSecondTimeDoesNothing) {
    ASSERT_EQ(failure(), "");
    const std::size_t steps = links.performed();
    const auto nodes = store.nodes();
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(links.performed(), steps);
    EXPECT_EQ(store.nodes(), nodes);
}

TEST_F(BringUp, AnyStepThatFailsLeavesTheWorldAsItWas) {
    store.write("backend/vif/7/0/vifname", "web0");
    links.give_address("vif7.0", {"192.0.2.1/24", {1}});
    const std::string before = links.picture();
    const auto nodes = store.nodes();
    for (std::size_t n = 0;; ++n) {
        ASSERT_LT(n, 20u);
        links.fail_at(links.performed() + n, EPERM);
        const std::string failed = failure();
        if (failed.empty() && links.find("web0") && links.find("web0")->up)
            break; // all steps were made, or the one that failed may be refused
        EXPECT_NE(failed.find(": Operation not permitted; undone: "), std::string::npos) << failed;
        EXPECT_EQ(links.picture(), before) << failed;
        EXPECT_EQ(store.nodes(), nodes) << failed;
    }
}

TEST_F(BringUp, M5_a_guests_node_that_may_not_be_written_is_a_warning) {
    store.deny("/local/domain/7/device/vif/0/mtu");
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(store.read("backend/vif/7/0/hotplug-status"), "connected");
    EXPECT_EQ(store.read("/local/domain/7/device/vif/0/mtu"), std::nullopt);
}

TEST_F(BringUp, ABackendThatMayNotBeWrittenTakesThePlacingBack) {
    store.deny("backend/vif/7/0/hotplug-status");
    const std::string before = links.picture();
    const std::string failed = failure();
    EXPECT_EQ(failed.find("write backend/vif/7/0/hotplug-status = connected in xenstore: Permission denied; undone: "),
              0u)
        << failed;
    EXPECT_NE(failed.find("; left: nothing"), std::string::npos) << failed;
    EXPECT_EQ(links.picture(), before);
}

TEST_F(BringUp, ABackendThatLeavesMeanwhileTakesThePlacingBack) {
    store.remove_before_change("backend/vif/7/0");
    const std::string before = links.picture();
    const std::string failed = failure();
    EXPECT_NE(failed.find("(the backend has left xenstore); undone: "), std::string::npos) << failed;
    EXPECT_EQ(links.picture(), before);
    EXPECT_EQ(store.read("backend/vif/7/0"), std::nullopt);
}

TEST_F(BringUp, AStoreThatDoesNotAnswerChangesNothing) {
    const std::string before = links.picture();
    store.fail(ETIMEDOUT);
    EXPECT_EQ(failure(), "read backend/vif/7/0/vifname in xenstore: Connection timed out");
    EXPECT_EQ(links.picture(), before);
}

TEST_F(BringUp, N4_without_the_record_a_renamed_netdev_is_nobodys) {
    store.write("backend/vif/7/0/vifname", "web0");
    ASSERT_EQ(failure(), "");
    std::filesystem::remove_all(rundir);
    EXPECT_NE(failure().find("look up vif7.0: No such device"), std::string::npos);
}

TEST_F(BringUp, X9_relative_paths_are_the_own_domains) {
    store.write("/local/domain/5/backend/vif/7/0/bridge", "nosuch");
    EXPECT_EQ(failure(), "");
}

} // namespace
} // namespace vifplug
