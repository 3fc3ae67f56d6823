// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/take_down.hpp"

#include "app/bring_up.hpp"
#include "flow_world.hpp"

#include <cerrno>

namespace vifplug {
namespace {

class TakeDown : public test::FlowWorld {
  protected:
    TakeDown() { bring_up(call(Verb::online), machine()); }

    void take() { take_down(call(Verb::offline), machine()); }
};

TEST_F(TakeDown, TakesTheVifOffAndWritesNothing) {
    const auto nodes = store.nodes();
    take();
    EXPECT_FALSE(links.find("vif7.0")->master);
    EXPECT_FALSE(links.find("vif7.0")->up);
    EXPECT_EQ(store.nodes(), nodes);
}

TEST_F(TakeDown, AStepThatFailsDoesNotKeepTheOthersFromBeingMade) {
    links.fail_at(links.performed(), EPERM);
    EXPECT_NO_THROW(take());
    EXPECT_FALSE(links.find("vif7.0")->master);
}

TEST_F(TakeDown, AStoreThatDoesNotAnswerDoesNotKeepTheVifUp) {
    store.fail(ETIMEDOUT);
    EXPECT_NO_THROW(take());
    EXPECT_FALSE(links.find("vif7.0")->master);
}

TEST_F(TakeDown, V3_a_netdev_that_is_gone_is_what_was_wanted) {
    links.remove("vif7.0");
    EXPECT_NO_THROW(take());
}

TEST_F(TakeDown, ARunDirectoryThatCannotBeMadeDoesNotKeepTheVifUp) {
    const RunDirectory nowhere("/dev/null/below");
    take_down(call(Verb::offline), {links, store, nowhere, deadline, log, vlan_records, known_uplinks});
    EXPECT_FALSE(links.find("vif7.0")->master);
}

} // namespace
} // namespace vifplug
