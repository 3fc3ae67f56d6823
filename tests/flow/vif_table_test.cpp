// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/vif_table.hpp"

#include "fake/fake_store.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using namespace std::chrono_literals;

const VifId vif7{DomId{7}, DevId{0}};

TEST(VifTable, AVifHasOneTime) {
    test::FakeStore store;
    VifTable table;
    const KeptVif& vif = table.find_or_add(vif7, store);
    const VifTable::TimePoint now{1000s};
    table.call_again(vif7, now + 1s);
    table.call_again(vif7, now + 3s);
    EXPECT_EQ(table.next_time(), now + 3s);
    table.mark_due(now + 2s);
    EXPECT_EQ(table.next(), std::nullopt);
    table.mark_due(now + 3s);
    EXPECT_EQ(table.next(), vif7);
    EXPECT_EQ(table.next_time(), std::nullopt);
    EXPECT_EQ(vif.again, std::nullopt);
}

TEST(VifTable, ANameThatIsFreeIsForThoseThatFailed) {
    test::FakeStore store;
    VifTable table;
    const VifId vif8{DomId{8}, DevId{0}};
    const VifId vif9{DomId{9}, DevId{0}};
    for (const VifId id : {vif7, vif8, vif9}) {
        table.find_or_add(id, store).phase = KeptVif::Phase::failed;
        table.has_failed(id);
    }
    table.find(vif8)->phase = KeptVif::Phase::placed;
    table.forget(vif9);
    for (int i = 0; i < 2; ++i) { // that it was looked at in vain is no reason not to look again
        table.a_name_is_free();
        EXPECT_EQ(table.all_marked(), std::set{vif7});
        table.done(vif7);
    }
}

} // namespace
} // namespace vifplug
