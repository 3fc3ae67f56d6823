// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_call.hpp"

#include "core/text.hpp"
#include "fuzz.hpp"

using namespace vifplug;

namespace {

bool fit_to_print(std::string_view sentence) {
    return is_utf8(sentence) && sentence.find('\r') == std::string_view::npos &&
           sentence.find('\x1b') == std::string_view::npos;
}

void expect_in_range(const UplinkCall& call) {
    FUZZ_EXPECT(call.verify.count() >= 0 && call.verify.count() <= 3600);
    FUZZ_EXPECT(!call.confirm || (call.confirm->count() >= 1 && call.confirm->count() <= 86400));
    FUZZ_EXPECT(!call.json || call.verb == UplinkVerb::status);
    for (const UplinkRequest& request : call.requests) {
        FUZZ_EXPECT(!request.netdev || parse_netdev(*request.netdev) == *request.netdev);
        FUZZ_EXPECT(!request.mtu || (request.mtu->bytes() >= 68 && request.mtu->bytes() <= 65535));
    }
}

void expect_no_repetition(const std::vector<UplinkRequest>& requests) {
    for (std::size_t later = 0; later < requests.size(); ++later)
        for (std::size_t earlier = 0; earlier < later; ++earlier)
            FUZZ_EXPECT(!same_in_both(requests[earlier], requests[later]));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lines = fuzz::lines_of(fuzz::text_of(data, size));
    const std::vector<std::string_view> words(lines.begin(), lines.end());
    const auto nothing = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    try {
        const UplinkCall call = parse_uplink_call(words, nothing);
        FUZZ_EXPECT(call.requests.size() == 1);
        expect_in_range(call);
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(fit_to_print(bad.what()));
    }
    try {
        const UplinkCall call = parse_uplink_wrapper_call(words, nothing);
        FUZZ_EXPECT(!call.nothing_to_do || call.requests.empty());
        expect_in_range(call);
        expect_no_repetition(call.requests);
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(fit_to_print(bad.what()));
    }
    return 0;
}
