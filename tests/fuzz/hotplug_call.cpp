// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/hotplug_call.hpp"

#include "core/error.hpp"
#include "core/if_name.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lines = fuzz::lines_of(fuzz::text_of(data, size));
    const std::vector<std::string_view> words(lines.begin(), lines.end());
    const auto nothing = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    try {
        const auto call = parse_hotplug_call(words, nothing);
        if (!call)
            return 0;
        FUZZ_EXPECT(BackendPath::parse(call->backend.path).id == call->backend.id);
        FUZZ_EXPECT((call->verb == Verb::online || call->verb == Verb::offline) == (call->kind == PortKind::vif));
        check_port_name(*call);
        FUZZ_EXPECT(IfName::parse("vif", call->port).str() == call->port);
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(is_utf8(bad.what()));
    }
    return 0;
}
