// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/config_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const Configuration configuration = parse_configuration(fuzz::text_of(data, size), "x.toml");
        for (const UplinkRequest& bridge : configuration.bridges) {
            FUZZ_EXPECT(bridge.netdev && parse_netdev(*bridge.netdev) == *bridge.netdev);
            for (const UplinkRequest& other : configuration.bridges)
                FUZZ_EXPECT(&other == &bridge || !same_in_both(other, bridge));
        }
    } catch (const BadInput& bad) {
        const std::string_view sentence = bad.what();
        FUZZ_EXPECT(sentence.starts_with("x.toml:") && !sentence.starts_with("x.toml:0"));
        FUZZ_EXPECT(is_utf8(sentence) && printable(sentence) == sentence);
    }
    return 0;
}
