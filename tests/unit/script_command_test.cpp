// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/script_command.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using Command = std::vector<std::string>;

Command command(const std::optional<std::string>& script) {
    const std::vector<std::string_view> words{"online", "type_if=vif"};
    return script_command(script, words, "/etc/xen/scripts", "/usr/libexec/vifplug/vif-bridge");
}

TEST(ScriptCommand, X8_honours_the_words_behind_the_program) {
    EXPECT_EQ(command("/etc/xen/scripts/vif-bridge bridge=eth1  x=y"),
              (Command{"/etc/xen/scripts/vif-bridge", "bridge=eth1", "x=y", "online", "type_if=vif"}));
}

TEST(ScriptCommand, ABareNameIsOneOfXensScripts) {
    EXPECT_EQ(command("vif-nat").front(), "/etc/xen/scripts/vif-nat");
}

TEST(ScriptCommand, NoScriptMeansVifBridge) {
    for (const std::optional<std::string>& none : {std::optional<std::string>(), std::optional<std::string>(" \t")})
        EXPECT_EQ(command(none), (Command{"/usr/libexec/vifplug/vif-bridge", "online", "type_if=vif"}));
}

TEST(ScriptCommand, NothingIsExpanded) {
    EXPECT_EQ(command("/x/y $(id) * 'a b' ;reboot"),
              (Command{"/x/y", "$(id)", "*", "'a", "b'", ";reboot", "online", "type_if=vif"}));
}

} // namespace
} // namespace vifplug
