// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_settling.hpp"

#include "app/moving_state.hpp"
#include "app/uplink_view.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cerrno>

namespace vifplug {

namespace {

bool is_rename(const UplinkStep& step) {
    const Step* simple = std::get_if<Step>(&step);
    return simple != nullptr && std::holds_alternative<Rename>(*simple);
}

/// The NIC works as well with the MAC address it came with, but not with one it was given as a port.
bool is_to_give_up_its_own_mac(const UplinkStep& step, const Uplink& uplink) {
    const Step* simple = std::get_if<Step>(&step);
    const SetMac* mac = simple != nullptr ? std::get_if<SetMac>(simple) : nullptr;
    return mac != nullptr && mac->port.index == uplink.nic && mac->from == uplink.nic_mac;
}

/// All is there, and only in another order than it was: the kernel has the last word on that.
bool lacks_order_alone(const TransactionPart& part, const UplinkPlan& plan, const HostPicture& picture) {
    const auto* give = plan.size() == 1 ? std::get_if<GiveState>(&plan.front()) : nullptr;
    return give != nullptr && part.state &&
           held_on(picture, *part.state, {give->to.index.number(), give->to.name}).lacking.empty();
}

/// What the host can do without, so that nothing is taken back for it.
bool is_a_nicety(const UplinkStep& step) {
    const Step* simple = std::get_if<Step>(&step);
    return (simple != nullptr &&
            (std::holds_alternative<SetAddressGeneration>(*simple) || std::holds_alternative<StopIpv6>(*simple))) ||
           std::holds_alternative<PinMac>(step);
}

} // namespace

void UplinkSettling::settle(TransactionPart& part, const Planner& plan) {
    constexpr int rounds = 8;
    UplinkPlan last;
    for (int round = 0; round < rounds; ++round) {
        const HostPicture picture = network_.look();
        UplinkNow now = view_uplink(part.uplink, picture, part.state ? &*part.state : nullptr, network_);
        now.renames_live = now.renames_live && renames_live_;
        now.managers_wait = configurators_.wait_for_the_switch();
        if (!now.nic)
            throw Error("find " + printable(part.uplink.netdev), system_code(ENODEV));
        last = plan(part.uplink, now);
        if (last.empty())
            return;
        // One that was accepted and had no effect, as a bond's with fail_over_mac.
        if (round > 1 && last.size() == 1 && is_to_give_up_its_own_mac(last.front(), part.uplink)) {
            part.uplink.mac_is_fixed = true;
            continue;
        }
        if (std::all_of(last.begin(), last.end(), is_a_nicety) && round > 1)
            return;
        make(part, last, picture);
    }
    if (lacks_order_alone(part, last, network_.look()))
        return;
    throw Error("come to rest: " + describe(last.front()) + " was done and is still to do", system_code(ELOOP));
}

void UplinkSettling::settle_in(TransactionPart& part) {
    settle(part, plan_build);
    settle(part, plan_switch_in);
}

void UplinkSettling::make(TransactionPart& part, const UplinkPlan& plan, const HostPicture& picture) {
    static const HostState nothing;
    const auto last_rename = std::find_if(plan.rbegin(), plan.rend(), is_rename).base();
    for (auto place = plan.begin(); place != plan.end(); ++place) {
        const UplinkStep& step = *place;
        note(step);
        if (std::holds_alternative<TellManagers>(step)) {
            configurators_.tell_in_switch(part);
            continue;
        }
        if (const auto* give = std::get_if<GiveState>(&step))
            configurators_.tell_taker(part, give->to, time_in_the_switch);
        try {
            network_.perform(step, part.state ? *part.state : nothing, picture);
            if (place + 1 == last_rename)
                catch_up(part);
        } catch (const Error& error) {
            if (is_rename(step) && error.code() == system_code(EBUSY) && renames_live_) {
                renames_live_ = false;
                return;
            }
            if (is_to_give_up_its_own_mac(step, part.uplink) && !is_gone(error)) {
                part.uplink.mac_is_fixed = true;
                return;
            }
            const auto* give = std::get_if<GiveState>(&step);
            if (takes_back_ && give != nullptr) {
                give_up(part, give->to, error.what());
                continue;
            }
            if (!is_a_nicety(step))
                throw;
            log_.warning(std::string(error.what()) + ", continuing");
        }
    }
}

/// Forward, every step is on disk before it is made. Back, all that is needed for it is on disk already, and a full
/// disk is no reason to leave the host where it is.
void UplinkSettling::note(const UplinkStep& step) {
    try {
        journal_.note_step(describe(step));
    } catch (const Error& error) {
        if (!takes_back_)
            throw;
    }
}

/// Others give addresses and routes to a netdev by its name. From the moment it has another one nobody does, so now is
/// the time for a last look at what has come since the state was taken.
void UplinkSettling::catch_up(TransactionPart& part) {
    if (!part.state || takes_back_)
        return;
    HostState now = without(caught_up(*part.state, network_.look()), part.own_of_bridge);
    if (now == *part.state)
        return;
    part.state = std::move(now);
    journal_.note_state(part.number, *part.state);
}

/// What the kernel does not take back is named and given up: a host that lacks a route is better off than one in the
/// middle of a move that nobody ends.
void UplinkSettling::give_up(TransactionPart& part, const Netdev& netdev, const std::string& why) {
    const Held held = held_on(network_.look(), *part.state, {netdev.index.number(), netdev.name});
    log_.error(why + ", giving that up");
    gave_up_ = true;
    part.state = without_entries(std::move(*part.state), held.lacking);
}

} // namespace vifplug
