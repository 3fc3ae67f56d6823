// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/text.hpp"

#include "core/error.hpp"
#include "core/if_name.hpp"
#include "fuzz.hpp"

#include <algorithm>

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::text_of(data, size);
    const std::string line = printable(bytes);
    FUZZ_EXPECT(is_utf8(line));
    FUZZ_EXPECT(std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    FUZZ_EXPECT(in_quotes(bytes).size() <= 4 * 64 + 40);
    for (const std::string_view word : words(bytes))
        FUZZ_EXPECT(!word.empty() && words(word).size() == 1);
    if (const auto number = parse_decimal(bytes))
        FUZZ_EXPECT(bytes.find_first_not_of("0123456789") == std::string_view::npos);
    try {
        const IfName name = IfName::parse("bridge", bytes);
        FUZZ_EXPECT(name.str() == bytes && bytes.size() <= 15 && printable(bytes) == bytes);
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(is_utf8(bad.what()));
    }
    return 0;
}
