// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/hotplug_call.hpp"

#include "refusal.hpp"

#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace vifplug {
namespace {

using Words = std::vector<std::string_view>;
using Variables = std::map<std::string, std::string, std::less<>>;

Environment of(const Variables& variables) {
    return [variables](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

const Variables libxl{{"vif", "vif7.0"}, {"XENBUS_PATH", "backend/vif/7/0"}};
const Variables libxl_tap{{"INTERFACE", "vif7.0-emu"}, {"XENBUS_PATH", "backend/vif/7/0"}, {"vif", "vif7.0"}};

std::optional<HotplugCall> parse(const Words& words, const Variables& variables = libxl) {
    return parse_hotplug_call(words, of(variables));
}

std::string refused(const Words& words, const Variables& variables = libxl) {
    return test::refusal([&] { return parse(words, variables); });
}

TEST(HotplugCall, ReadsTheCallOfLibxl) {
    const auto call = parse({"online", "type_if=vif"});
    ASSERT_TRUE(call);
    EXPECT_EQ(call->verb, Verb::online);
    EXPECT_EQ(call->kind, PortKind::vif);
    EXPECT_EQ(call->backend.path, "backend/vif/7/0");
    EXPECT_EQ(call->port, "vif7.0");
    EXPECT_FALSE(call->bridge);
    EXPECT_FALSE(call->dry_run);
    EXPECT_FALSE(call->from_udev);
}

TEST(HotplugCall, V34_without_type_if_it_is_a_vif) {
    EXPECT_EQ(parse({"online"})->kind, PortKind::vif);
}

TEST(HotplugCall, V35_without_type_if_add_is_ignored) {
    EXPECT_FALSE(parse({"add"}));
}

TEST(HotplugCall, V36_words_come_in_any_order) {
    EXPECT_EQ(parse({"type_if=vif", "online"})->verb, Verb::online);
}

TEST(HotplugCall, P5_the_other_halfs_calls_are_ignored_before_anything_is_asked) {
    for (const Words& words : {Words{"online", "type_if=tap"}, Words{"offline", "type_if=tap"},
                               Words{"add", "type_if=vif"}, Words{"remove", "type_if=vif"}})
        EXPECT_FALSE(parse(words, {})) << words[0];
}

TEST(HotplugCall, V30_V31_refuse_a_call_that_does_not_say_which_vif) {
    EXPECT_EQ(refused({"online"}, {{"vif", "vif7.0"}}),
              "XENBUS_PATH is not set: it says which interface the call is about");
    EXPECT_EQ(refused({"online"}, {{"vif", "vif7.0"}, {"XENBUS_PATH", ""}}),
              "XENBUS_PATH is not set: it says which interface the call is about");
    EXPECT_EQ(refused({"online"}, {{"XENBUS_PATH", "backend/vif/7/0"}}),
              "vif is not set: it says which interface the call is about");
    EXPECT_EQ(refused({"add", "type_if=tap"}, libxl),
              "INTERFACE is not set: it says which interface the call is about");
}

TEST(HotplugCall, V32_refuses_unknown_commands) {
    EXPECT_EQ(refused({"frob"}), "command='frob': one of online, offline, add, remove");
    EXPECT_EQ(refused({}), "no command given: one of online, offline, add, remove");
    EXPECT_EQ(refused({"=online"}), "command='=online': one of online, offline, add, remove");
    EXPECT_EQ(refused({""}), "command='': one of online, offline, add, remove");
}

TEST(HotplugCall, V33_refuses_unknown_kinds) {
    EXPECT_EQ(refused({"online", "type_if=foo"}), "type_if='foo': vif or tap");
}

TEST(HotplugCall, V37_values_are_data) {
    const auto call = parse({"online", "x=$(touch /tmp/f)", "bridge=`id`"});
    ASSERT_TRUE(call);
    EXPECT_EQ(call->bridge, "`id`");
}

TEST(HotplugCall, WordsWinOverTheEnvironmentAndTheLastWordOverTheFirst) {
    Variables variables = libxl;
    variables["bridge"] = "br1";
    EXPECT_EQ(parse({"online"}, variables)->bridge, "br1");
    EXPECT_EQ(parse({"online", "bridge=br2", "bridge=br3"}, variables)->bridge, "br3");
    EXPECT_EQ(parse({"online", "bridge="}, variables)->bridge, "");
    EXPECT_EQ(parse({"online", "bridgex=br9"}, variables)->bridge, "br1");
    EXPECT_EQ(parse({"online", "vif=vif8.1", "XENBUS_PATH=backend/vif/8/1"})->backend.id, (VifId{DomId{8}, DevId{1}}));
}

TEST(HotplugCall, DryRunIsAnOptionOrAVariable) {
    EXPECT_TRUE(parse({"--dry-run", "online"})->dry_run);
    Variables variables = libxl;
    variables["VIFPLUG_DRY_RUN"] = "1";
    EXPECT_TRUE(parse({"online"}, variables)->dry_run);
    for (const char* off : {"0", ""}) {
        variables["VIFPLUG_DRY_RUN"] = off;
        EXPECT_FALSE(parse({"online"}, variables)->dry_run);
    }
    for (const char* unclear : {"no", "yes", "2"}) {
        variables["VIFPLUG_DRY_RUN"] = unclear;
        EXPECT_EQ(refused({"online"}, variables), "VIFPLUG_DRY_RUN='" + std::string(unclear) + "': 0 or 1");
    }
}

TEST(HotplugCall, RefusesOptionsItDoesNotKnowRatherThanChangeSomething) {
    for (const std::string_view option : {"--dryrun", "--dry-run=yes", "--", "--force"})
        EXPECT_EQ(refused({option, "online"}),
                  "option='" + std::string(option) + "': the options are --dry-run, --help and --version");
}

TEST(HotplugCall, X7_knows_the_udev_calls_of_xen_4_2) {
    Variables variables = libxl;
    variables["UDEV_CALL"] = "1";
    EXPECT_TRUE(parse({"online"}, variables)->from_udev);
}

TEST(HotplugCall, P6_a_tap_is_read_below_the_path_that_was_given) {
    EXPECT_EQ(parse({"add", "type_if=tap"}, libxl_tap)->backend.path, "backend/vif/7/0");
    EXPECT_EQ(parse({"add", "type_if=tap"}, {{"INTERFACE", "vif7.0-emu"}})->backend.path, "backend/vif/7/0");
}

TEST(HotplugCall, P7_the_tap_names_of_xen_4_1_are_taken) {
    EXPECT_EQ(parse({"add", "type_if=tap"}, {{"INTERFACE", "tap7.0"}})->backend.id, (VifId{DomId{7}, DevId{0}}));
}

TEST(HotplugCall, P8_a_foreign_tap_is_refused) {
    EXPECT_EQ(refused({"add", "type_if=tap"}, {{"INTERFACE", "tap0"}}),
              "INTERFACE='tap0': the tap of a guest is called vifDOMID.DEVID-emu or tapDOMID.DEVID");
}

TEST(PortName, BelongsToTheBackendThatTheCallNames) {
    HotplugCall call = *parse({"online"});
    check_port_name(call); // vif7.0
    call.port = "web0";    // after a rename, as a uevent says it
    check_port_name(call);
    call.port = "vif8.0";
    EXPECT_EQ(test::refusal([&] {
                  check_port_name(call);
                  return 0;
              }),
              "vif='vif8.0': not the netdev of backend/vif/7/0");
    call.port = "a b";
    EXPECT_THROW(check_port_name(call), BadInput);

    HotplugCall tap = *parse({"add", "type_if=tap"}, libxl_tap);
    check_port_name(tap);
    for (const char* foreign : {"vif8.0-emu", "tap0", "vif7.0"}) {
        tap.port = foreign;
        EXPECT_THROW(check_port_name(tap), BadInput) << foreign;
    }
}

} // namespace
} // namespace vifplug
