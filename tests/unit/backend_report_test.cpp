// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/backend_report.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Lines = std::vector<std::string>;

const BackendPath backend = BackendPath::parse("backend/vif/7/0");

Lines report(PortKind kind, const ReportNow& now) {
    Lines lines;
    for (const NodeChange& change : plan_report(backend, kind, 1500, now))
        lines.push_back(describe(change));
    return lines;
}

TEST(Report, ANewVifIsAnnouncedAndTheGuestToldItsMtu) {
    EXPECT_EQ(
        report(PortKind::vif, {.status = "", .error = {}, .guest_mtu = {}}),
        (Lines{"write /local/domain/7/device/vif/0/mtu = 1500", "write backend/vif/7/0/hotplug-status = connected"}));
}

TEST(Report, SuccessRemovesAnOldError) {
    EXPECT_EQ(report(PortKind::vif, {.status = "error", .error = "x", .guest_mtu = "1500"}),
              (Lines{"remove backend/vif/7/0/hotplug-error", "write backend/vif/7/0/hotplug-status = connected"}));
}

TEST(Report, NothingDiffersNothingToWrite) {
    EXPECT_TRUE(report(PortKind::vif, {.status = "connected", .error = {}, .guest_mtu = "1500"}).empty());
    EXPECT_EQ(report(PortKind::vif, {.status = "connected\n", .error = {}, .guest_mtu = "1500"}).size(), 1u);
}

TEST(Report, P1_a_tap_announces_nothing) {
    EXPECT_TRUE(report(PortKind::tap, {}).empty());
    EXPECT_TRUE(report(PortKind::tap, {.status = "error", .error = "vif7.0: no", .guest_mtu = {}}).empty())
        << "the vif's own failure is not the tap's to take back";
}

TEST(Report, ATapTakesBackWhatItSaidItself) {
    EXPECT_EQ(report(PortKind::tap, {.status = "error", .error = "vif7.0-emu: no", .guest_mtu = {}}),
              (Lines{"remove backend/vif/7/0/hotplug-error", "write backend/vif/7/0/hotplug-status = "}));
    EXPECT_EQ(report(PortKind::tap, {.status = "connected", .error = "vif7.0-emu: no", .guest_mtu = {}}),
              Lines{"remove backend/vif/7/0/hotplug-error"});
}

TEST(Report, NothingIsMadeForAGuestThatIsGone) {
    const auto changes = plan_report(backend, PortKind::vif, 1500, {});
    EXPECT_EQ(changes.at(0).unless_gone, (OtherHalf{"/local/domain/7/device/vif/0", "backend/vif/7/0/frontend"}));
    EXPECT_FALSE(changes.at(1).unless_gone);
}

TEST(OtherHalf, IsGoneWhenItIsNamedAndNotThere) {
    for (const bool there : {false, true})
        for (const bool named : {false, true})
            EXPECT_EQ(
                is_gone({"there", "named"}, [&](const std::string& path) { return path == "there" ? there : named; }),
                named && !there);
}

TEST(Report, M5_only_the_guests_node_may_be_refused) {
    for (const NodeChange& change : plan_report(backend, PortKind::vif, 1500, {}))
        EXPECT_EQ(change.may_be_refused, change.path == "/local/domain/7/device/vif/0/mtu") << change.path;
}

TEST(Report, NetbackWasToldWhenTheWordIsThereOrHasServedItsPurpose) {
    EXPECT_TRUE(was_announced("connected", "2"));
    EXPECT_FALSE(was_announced("", "4")); // as libxl writes it, for a guest that comes again
    EXPECT_FALSE(was_announced("error", "4"));
    EXPECT_TRUE(was_announced(std::nullopt, "4"));
    EXPECT_FALSE(was_announced(std::nullopt, "2"));
    EXPECT_FALSE(was_announced(std::nullopt, std::nullopt));
}

TEST(FailureReport, V10_has_the_reason_before_the_status) {
    const auto changes = failure_report(backend, PortKind::vif, "vif7.0: no", "connected");
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(describe(changes[0]), "write backend/vif/7/0/hotplug-error = vif7.0: no");
    EXPECT_EQ(describe(changes[1]), "write backend/vif/7/0/hotplug-status = error");
}

TEST(FailureReport, ATapsFailureLeavesAConnectedVifConnected) {
    EXPECT_EQ(failure_report(backend, PortKind::tap, "vif7.0-emu: no", "connected").size(), 1u);
    EXPECT_EQ(failure_report(backend, PortKind::tap, "vif7.0-emu: no", "").size(), 2u);
}

TEST(FailureReport, FitsIntoAMessageOfXenstored) {
    EXPECT_LE(failure_report(backend, PortKind::vif, std::string(10000, '\n'), {})[0].value->size(), 4000u);
}

} // namespace
} // namespace vifplug
