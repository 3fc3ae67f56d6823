// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/watch_path.hpp"
#include "fuzz.hpp"

using namespace vifplug;

/// Whatever a watch reports, a vif is concerned only by a path in its own directory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view path = fuzz::text_of(data, size);
    const Concern concern = concern_of(path);
    FUZZ_EXPECT(concern.vif.has_value() == (concern.extent == Concern::Extent::vif));
    FUZZ_EXPECT(concern.domain.has_value() == (concern.extent == Concern::Extent::domain));
    if (concern.vif) {
        const std::string backend = BackendPath::of(*concern.vif).path;
        FUZZ_EXPECT(path == backend || path.starts_with(backend + "/"));
        FUZZ_EXPECT(concern.key.find('/') == std::string::npos);
    }
    return 0;
}
