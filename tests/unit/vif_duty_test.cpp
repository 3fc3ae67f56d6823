// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vif_duty.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const std::string stock = "/etc/xen/scripts/vif-bridge";
const VifScripts scripts({stock, "vif-mine"}, "/etc/xen/scripts");

Duty duty(const std::string& state, const std::string& online, Residence residence = Residence::dom0) {
    return duty_of({.state = state, .online = online, .script = stock}, scripts, residence);
}

TEST(VifScripts, AreThoseThatWereNamed) {
    EXPECT_TRUE(scripts.are_ours(stock));
    EXPECT_TRUE(scripts.are_ours("vif-bridge")); // libxl looks in the script directory
    EXPECT_TRUE(scripts.are_ours(stock + " bridge=xenbr0"));
    EXPECT_TRUE(scripts.are_ours("/etc/xen/scripts/vif-mine"));
    for (const char* other : {"", " ", "/etc/xen/scripts/vif-route", "/tmp/vif-bridge", "/etc/xen/scripts/vif-bridge2"})
        EXPECT_FALSE(scripts.are_ours(other)) << other;
    EXPECT_FALSE(scripts.are_ours(std::nullopt));
}

TEST(DutyOf, AVifThatOpensOrIsOpenIsPlaced) {
    for (const char* state : {"2", "3", "4"})
        EXPECT_EQ(duty(state, "1"), Duty::place) << state;
}

TEST(DutyOf, NothingBeforeItIsReadyNorAfterItsEnd) {
    for (const char* state : {"", "0", "1", "7", "8", "22", "two", "2 "})
        EXPECT_EQ(duty(state, "1"), Duty::nothing) << state;
    for (const char* state : {"2", "3", "4"})
        EXPECT_EQ(duty(state, "0"), Duty::nothing) << state; // about to close
}

TEST(DutyOf, AGuestThatIsBootedAnewKeepsItsVif) {
    EXPECT_EQ(duty("5", "1"), Duty::nothing);
    EXPECT_EQ(duty("6", "1", Residence::driver_domain), Duty::nothing);
}

TEST(DutyOf, AVifThatClosesForGoodIsDetached) {
    for (const char* state : {"5", "6"})
        EXPECT_EQ(duty(state, "0"), Duty::detach) << state;
}

TEST(DutyOf, ADriverDomainRemovesTheBackendThatIsClosed) {
    EXPECT_EQ(duty("5", "0", Residence::driver_domain), Duty::detach);
    EXPECT_EQ(duty("6", "0", Residence::driver_domain), Duty::remove);
}

TEST(DutyOf, AnotherScriptsVifIsPassedOverInAnyState) {
    for (const char* state : {"2", "4", "6"})
        EXPECT_EQ(
            duty_of({.state = state, .online = "1", .script = "/etc/xen/scripts/vif-route"}, scripts, Residence::dom0),
            Duty::pass);
    EXPECT_EQ(duty_of({}, scripts, Residence::dom0), Duty::pass);
}

} // namespace
} // namespace vifplug
