// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ip_network.hpp"

#include "core/error.hpp"
#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const IpNetwork network = IpNetwork::parse(fuzz::text_of(data, size));
        FUZZ_EXPECT(network.prefix_length() <= (network.family() == IpFamily::v4 ? 32u : 128u));
        FUZZ_EXPECT(IpNetwork::parse(network.str()) == network);
    } catch (const BadInput&) {
    }
    return 0;
}
