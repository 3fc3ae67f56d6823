// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/record_line.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

const std::string here = "net:[1]";

TEST(RecordLine, IsReadAsItWasWritten) {
    EXPECT_EQ(format_record_line(here, IfIndex(7), {"one", "two"}), "net:[1] 7 one two .\n");
    const auto line = parse_record_line("net:[1] 7 one two .\n", here, 2);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->netdev, IfIndex(7));
    EXPECT_EQ(line->words, (std::vector<std::string_view>{"one", "two"}));
    EXPECT_TRUE(parse_record_line(format_record_line(here, IfIndex(7), {}), here, 0));
}

TEST(RecordLine, AnythingElseIsNone) {
    for (const char* bad : {"", ".", "net:[1]", "net:[1] 7 .", "net:[1] 7 one two", "net:[1] 7 one two .. ",
                            "net:[1] 7 one two three .", "net:[2] 7 one two .", "net:[1] 0 one two .",
                            "net:[1] 2147483648 one two .", "net:[1] -7 one two .", "net:[1] x one two ."})
        EXPECT_FALSE(parse_record_line(bad, here, 2)) << bad;
}

} // namespace
} // namespace vifplug
