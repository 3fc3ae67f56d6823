// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/uplink_json.hpp"

#include "fuzz.hpp"

using namespace vifplug;

namespace {

/// What was read is written as something that reads the same.
template <class Read>
void expect_same_again(const nlohmann::json& value, Read read) {
    try {
        const auto written = to_json(read(value));
        FUZZ_EXPECT(to_json(read(written)) == written);
    } catch (const std::exception&) {
    }
}

/// A state as it is written, but for its messages.
nlohmann::json a_state_of(const Bytes& message) {
    const std::vector<Entry> entries{{"", message, {}}};
    HostState state;
    state.netdev = "eth0";
    state.index = 2;
    state.addresses_v4 = state.addresses_v6 = state.nexthops = state.routes = state.neighbours = state.rules = entries;
    for (const auto sort : {Bystander::Sort::address, Bystander::Sort::route, Bystander::Sort::nexthop})
        state.bystanders.push_back({sort, entries.front()});
    return to_json(state);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto value = nlohmann::json::parse(fuzz::text_of(data, size), nullptr, false);
    expect_same_again(value, uplink_from_json);
    expect_same_again(value, state_from_json);
    expect_same_again(value, client_from_json);
    expect_same_again(a_state_of(Bytes(data, data + size)), state_from_json);
    return 0;
}
