// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/text.hpp"

#include <gtest/gtest.h>

namespace vifplug {
namespace {

using namespace std::string_literals;

TEST(Text, TellsUtf8FromBytesThatAreNot) {
    for (const std::string& good : {""s, "xenbr0"s, "br\xc3\xbc"s, "\xe2\x82\xac"s, "\xf0\x9f\x8c\x89"s, "a\0b"s})
        EXPECT_TRUE(is_utf8(good)) << printable(good);
    for (const std::string& bad : {"\x80"s, "\xff"s, "\xc3"s, "\xc0\xaf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s,
                                   "\xf4\x90\x80\x80"s, "\xe2\x82"s, "\xc3\x28"s, "\xf0\x9f\x8c\x28"s})
        EXPECT_FALSE(is_utf8(bad)) << printable(bad);
}

TEST(Text, PrintsEveryByteThatWouldSpoilALineAsANumber) {
    EXPECT_EQ(printable("a b"), "a b");
    EXPECT_EQ(printable("a\nb\x1b[0m\x7f"), "a\\x0ab\\x1b[0m\\x7f");
    EXPECT_EQ(printable("\xc3\xbc\xff"), "\xc3\xbc\\xff");
    EXPECT_EQ(printable("a\0b"s), "a\\x00b");
}

TEST(Text, QuotesAtMost64BytesAndSaysHowManyThereAre) {
    EXPECT_EQ(in_quotes("xenbr0"), "'xenbr0'");
    EXPECT_EQ(in_quotes(std::string(64, 'a')), "'" + std::string(64, 'a') + "'");
    EXPECT_EQ(in_quotes(std::string(200, 'a')), "'" + std::string(64, 'a') + "...' (200 bytes)");
}

TEST(Text, DividesAtWhiteSpaceAndAtNothingElse) {
    using Words = std::vector<std::string_view>;
    EXPECT_EQ(words(""), Words{});
    EXPECT_EQ(words(" \t\n"), Words{});
    EXPECT_EQ(words("10.0.0.1  10.0.0.2\n"), (Words{"10.0.0.1", "10.0.0.2"}));
    EXPECT_EQ(words("'a b'"), (Words{"'a", "b'"}));
    EXPECT_EQ(words("*"), Words{"*"});
}

TEST(Text, ReadsOnlyDigitsAsANumber) {
    EXPECT_EQ(parse_decimal("0"), 0u);
    EXPECT_EQ(parse_decimal("4294967295"), 4294967295u);
    for (const char* bad : {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "4294967296", "99999999999999999999", "a"})
        EXPECT_FALSE(parse_decimal(bad)) << bad;
}

} // namespace
} // namespace vifplug
