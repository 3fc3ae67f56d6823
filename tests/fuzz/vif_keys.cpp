// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/vif_request.hpp"
#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A line "key=value" is a node.
    const auto lines = fuzz::lines_of(fuzz::text_of(data, size));
    const NodeReader node = [&](std::string_view key) -> std::optional<std::string> {
        for (const std::string& line : lines)
            if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
                return line.substr(key.size() + 1);
        return std::nullopt;
    };
    const HotplugCall call{.verb = Verb::online,
                           .kind = size % 2 == 0 ? PortKind::vif : PortKind::tap,
                           .backend = BackendPath::parse("backend/vif/7/0"),
                           .port = "vif7.0",
                           .bridge = std::nullopt,
                           .ip = std::nullopt,
                           .assignments = {}};
    try {
        const VifRequest request = read_vif_request(call, node);
        FUZZ_EXPECT(!request.mtu || (request.mtu->bytes() >= 68 && request.mtu->bytes() <= 65535));
        FUZZ_EXPECT(request.vlans.has_value() == (node("vlan") && !node("vlan")->empty()));
        FUZZ_EXPECT(!request.vlans || request.vlans->pvid());
        for (const std::string& warning : request.warnings)
            FUZZ_EXPECT(is_utf8(warning));
    } catch (const BadInput& bad) {
        FUZZ_EXPECT(is_utf8(bad.what()));
    }
    return 0;
}
