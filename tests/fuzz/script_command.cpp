// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/script_command.hpp"

#include "fuzz.hpp"

using namespace vifplug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::string_view> words{"online", "type_if=vif"};
    const auto command = script_command(std::string(fuzz::text_of(data, size)), words, "/etc/xen/scripts", "/fallback");
    FUZZ_EXPECT(command.size() >= 3 && command.back() == "type_if=vif");
    FUZZ_EXPECT(command.front().find('/') != std::string::npos);
    return 0;
}
