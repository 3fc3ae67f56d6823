// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_preview.hpp"

#include "app/moving_state.hpp"
#include "app/uplink_view.hpp"
#include "core/text.hpp"
#include "core/uplink_plan.hpp"

#include <algorithm>

namespace vifplug {

namespace {

UplinkPlan plan_nothing_but_in(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan = plan_build(uplink, now);
    return plan.empty() ? plan_switch_in(uplink, now) : plan;
}

std::vector<std::string> described(const UplinkPlan& plan) {
    std::vector<std::string> lines;
    for (const UplinkStep& step : plan)
        lines.push_back(describe(step));
    return lines;
}

} // namespace

std::vector<std::string> describe_start(const Uplink& uplink, HostNetwork& network) {
    const HostPicture picture = network.look();
    const HostLink* nic = picture.find(uplink.nic);
    if (nic == nullptr)
        return {};
    UplinkNow now = view_uplink(uplink, picture, nullptr, network);
    auto lines = described(plan_build(uplink, now));
    const std::vector<std::string> makes = lines;
    for (std::string& line : described(plan_build(uplink, as_if_made(uplink, now))))
        if (std::find(makes.begin(), makes.end(), line) == makes.end())
            lines.push_back(std::move(line));
    // What comes after is planned on what will be there by then.
    const HostState state = state_on(picture, place_of(*nic));
    now = view_uplink(uplink, picture, &state, network);
    now = as_if_built(uplink, std::move(now));
    now.holder_lacks_state = !state.empty();
    for (std::string& line : described(plan_switch_in(uplink, now)))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> describe_stop(const UplinkRecord& record, HostNetwork& network) {
    const Uplink& uplink = record.uplink;
    const HostPicture picture = network.look();
    UplinkNow now = view_uplink(uplink, picture, nullptr, network);
    if (now.holder) {
        const HostState state = without(state_on(picture, place_of(*now.holder)), record.own_of_bridge);
        now = view_uplink(uplink, picture, &state, network);
    }
    auto lines = described(plan_switch_out(with_what_the_host_has(uplink, now), now));
    for (std::string& line : described(plan_clear(uplink, as_if_switched_out(uplink, now))))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> describe_differences(const UplinkRecord& record, HostNetwork& network) {
    const HostPicture picture = network.look();
    UplinkNow now = view_uplink(record.uplink, picture, nullptr, network);
    if (!now.nic)
        return {"interface " + printable(record.uplink.parked) + " is gone"};
    if (now.holder) { // the same addresses on the NIC as well: a DHCP client that was not told
        const HostState state = state_on(picture, place_of(*now.holder));
        now = view_uplink(record.uplink, picture, &state, network);
    }
    UplinkPlan plan = plan_nothing_but_in(record.uplink, now);
    // udev gives the NIC names of its own at any time, as when a .link file matches no longer since the MAC is another.
    std::erase_if(plan, [](const UplinkStep& step) { return std::holds_alternative<MoveAltnames>(step); });
    return described(plan);
}

} // namespace vifplug
