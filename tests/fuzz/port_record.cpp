// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ownership.hpp"
#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto record = parse_record(fuzz::text_of(data, size), "1"))
        FUZZ_EXPECT(parse_record(format_record(*record, "1"), "1") == record);
    return 0;
}
