// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_transaction.hpp"

#include "app/uplink_view.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/uplink_choice.hpp"
#include "system/dhcp_clients.hpp"
#include "system/gateway_check.hpp"
#include "system/tcp_peers.hpp"

#include <algorithm>

namespace vifplug {

namespace {

constexpr std::chrono::seconds time_for_clients{10};
constexpr std::chrono::seconds time_in_the_switch{5}; // nobody has the addresses
constexpr std::chrono::milliseconds time_to_answer_before{100};

Place place_of(const HostLink& link) {
    return {link.link.index.number(), link.link.name};
}

/// Both may have the route of one network, and of the link-local one they do.
bool comes_with_an_address_of(const HostState& state, const Entry& route) {
    const auto is_its = [&](const Entry& address) { return is_made_with(route.message, address.message); };
    return std::any_of(state.addresses_v4.begin(), state.addresses_v4.end(), is_its) ||
           std::any_of(state.addresses_v6.begin(), state.addresses_v6.end(), is_its);
}

HostState without(HostState state, const HostState& own) {
    const auto subtract = [](std::vector<Entry>& from, const std::vector<Entry>& what) {
        from = missing_from(what, from);
    };
    subtract(state.addresses_v4, own.addresses_v4);
    subtract(state.addresses_v6, own.addresses_v6);
    subtract(state.nexthops, own.nexthops);
    std::erase_if(state.routes, [&](const Entry& route) {
        return std::find(own.routes.begin(), own.routes.end(), route) != own.routes.end() &&
               !comes_with_an_address_of(state, route);
    });
    subtract(state.neighbours, own.neighbours);
    subtract(state.rules, own.rules);
    std::erase_if(state.multicast, [&](const Mac& mac) {
        return std::find(own.multicast.begin(), own.multicast.end(), mac) != own.multicast.end();
    });
    return state;
}

UplinkNames names_of(const Uplink& uplink) {
    UplinkNames names{uplink.netdev, uplink.parked, uplink.holder, uplink.holder_is_bridge(), {uplink.parked}};
    if (!uplink.holder_is_bridge()) {
        names.left_out.push_back(uplink.port);
        if (uplink.bridge_is_ours)
            names.left_out.push_back(uplink.bridge);
    }
    return names;
}

HostState without_entries(HostState state, const std::vector<Entry>& entries) {
    const auto is_one = [&](const Entry& entry) {
        return std::find(entries.begin(), entries.end(), entry) != entries.end();
    };
    for (auto* list :
         {&state.addresses_v4, &state.addresses_v6, &state.nexthops, &state.routes, &state.neighbours, &state.rules})
        std::erase_if(*list, is_one);
    std::erase_if(state.bystanders, [&](const Bystander& bystander) { return is_one(bystander.entry); });
    return state;
}

UplinkPlan plan_nothing_but_in(const Uplink& uplink, const UplinkNow& now) {
    UplinkPlan plan = plan_build(uplink, now);
    return plan.empty() ? plan_switch_in(uplink, now) : plan;
}

std::string listed(const std::vector<Gateway>& gateways) {
    std::string text;
    for (const Gateway& gateway : gateways)
        text += (text.empty() ? "" : ", ") + gateway.text;
    return text;
}

/// Who answered before the move and has to answer after it.
class Witnesses {
  public:
    void note_before(const HostState& state, IfIndex netdev, bool asked) {
        if (asked)
            gateways_ = gateways_that_answer(state.gateways, netdev, time_to_answer_before);
        peers_ = tcp_peers_of(state);
    }

    void note_moved() { moved_at_ = Clock::now(); }

    /// Throws Error when one of them is silent for `patience`.
    void check_after(IfIndex netdev, std::chrono::seconds patience) const {
        const auto end = Clock::now() + patience;
        const auto answering = gateways_that_answer(gateways_, netdev, patience);
        std::vector<Gateway> silent = gateways_;
        std::erase_if(silent, [&](const Gateway& gateway) {
            return std::find(answering.begin(), answering.end(), gateway) != answering.end();
        });
        if (!silent.empty())
            throw Error("reach gateway " + listed(silent) + ", which answered before", system_code(EHOSTUNREACH));
        const auto left = std::max(end - Clock::now(), Clock::duration::zero());
        if (const auto peer = silent_tcp_peer(peers_, moved_at_, left))
            throw Error("reach " + *peer + ", which answered before on an open connection", system_code(EHOSTUNREACH));
    }

  private:
    using Clock = std::chrono::steady_clock;

    std::vector<Gateway> gateways_;
    std::vector<TcpPeer> peers_;
    Clock::time_point moved_at_;
};

/// What a bridge has that was there before us, and keeps.
HostState own_state_of_bridge(const Uplink& uplink, const HostPicture& picture) {
    const HostLink* bridge = uplink.holder_is_ours() ? nullptr : picture.find(uplink.bridge);
    return bridge != nullptr ? state_on(picture, place_of(*bridge)) : HostState{};
}

/// Throws Error when a witness is silent on the holder that has the NIC's addresses now.
void check_on_holders(const Transaction& transaction, const HostPicture& picture,
                      const std::vector<Witnesses>& witnesses, std::chrono::seconds patience) {
    for (std::size_t i = 0; i < transaction.parts.size(); ++i)
        if (const HostLink* holder = picture.find(transaction.parts[i].uplink.holder))
            witnesses[i].check_after(holder->link.index, patience);
}

std::vector<std::string> described(const UplinkPlan& plan) {
    std::vector<std::string> lines;
    for (const UplinkStep& step : plan)
        lines.push_back(describe(step));
    return lines;
}

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
    return (simple != nullptr && std::holds_alternative<SetAddressGeneration>(*simple)) ||
           std::holds_alternative<PinMac>(step);
}

} // namespace

/// Makes what is planned, looks again, and so on until there is nothing to do.
void UplinkTransaction::settle(TransactionPart& part, const Planner& plan) {
    constexpr int rounds = 8;
    UplinkPlan last;
    for (int round = 0; round < rounds; ++round) {
        const HostPicture picture = network_.look();
        UplinkNow now = view_uplink(part.uplink, picture, part.state ? &*part.state : nullptr, network_);
        now.renames_live = now.renames_live && renames_live_;
        now.managers_wait = !managers_.empty();
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

/// One after the other: a step that is refused and can be done without ends the first, and not the second.
void UplinkTransaction::settle_in(TransactionPart& part) {
    settle(part, plan_build);
    settle(part, plan_switch_in);
}

/// False when the plan has to be made anew because the machine cannot do what it rests on.
bool UplinkTransaction::make(TransactionPart& part, const UplinkPlan& plan, const HostPicture& picture) {
    static const HostState nothing;
    const auto last_rename = std::find_if(plan.rbegin(), plan.rend(), is_rename).base();
    for (auto place = plan.begin(); place != plan.end(); ++place) {
        const UplinkStep& step = *place;
        note(step);
        if (std::holds_alternative<TellManagers>(step)) {
            tell(part, time_in_the_switch, [&](const Deadline& deadline) {
                return tell_in_the_switch(managers_, names_of(part.uplink), deadline);
            });
            managers_.clear();
            continue;
        }
        if (const auto* give = std::get_if<GiveState>(&step))
            tell_taker(part, give->to, time_in_the_switch);
        try {
            network_.perform(step, part.state ? *part.state : nothing, picture);
            if (place + 1 == last_rename)
                catch_up(part);
        } catch (const Error& error) {
            if (is_rename(step) && error.code() == system_code(EBUSY) && renames_live_) {
                renames_live_ = false;
                return false;
            }
            if (is_to_give_up_its_own_mac(step, part.uplink) && !is_gone(error)) {
                part.uplink.mac_is_fixed = true;
                return false;
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
    return true;
}

/// Forward, every step is on disk before it is made. Back, all that is needed for it is on disk already, and a full
/// disk is no reason to leave the host where it is.
void UplinkTransaction::note(const UplinkStep& step) {
    try {
        journal_.note_step(describe(step));
    } catch (const Error& error) {
        if (!takes_back_)
            throw;
    }
}

/// Others give addresses and routes to a netdev by its name. From the moment it has another one nobody does, so now is
/// the time for a last look at what has come since the state was taken.
void UplinkTransaction::catch_up(TransactionPart& part) {
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
void UplinkTransaction::give_up(TransactionPart& part, const Netdev& netdev, const std::string& why) {
    const Held held = held_on(network_.look(), *part.state, {netdev.index.number(), netdev.name});
    log_.error(why + ", giving that up");
    gave_up_ = true;
    part.state = without_entries(std::move(*part.state), held.lacking);
}

void UplinkTransaction::stop_clients(std::size_t which, TransactionPart& part, const std::string& from,
                                     const std::string& to) {
    const auto clients = find_dhcp_clients(from);
    if (clients.empty())
        return;
    const DhcpMove move{from, to, static_cast<std::uint32_t>(part.uplink.nic.number())};
    for (const std::string& sentence : left_alone(clients, move))
        log_.warning(sentence);
    part.stopped = to_be_stopped(clients, move);
    if (part.stopped.empty())
        return;
    journal_.note_stopped(which, part.stopped);
    const Deadline deadline(time_for_clients);
    for (const DhcpClient& client : part.stopped)
        stop_keeping_configuration(client, deadline);
}

DhcpTarget UplinkTransaction::dhcp_target(const std::string& netdev) const {
    DhcpTarget target{netdev, {}, {}, journal_.dhcpcd_configuration()};
    for (const UplinkRecord& record : journal_.records()) {
        target.ports.push_back(record.uplink.parked);
        if (record.uplink.holder_is_bridge())
            target.bridges.push_back(record.uplink.holder);
        else
            target.ports.push_back(record.uplink.port);
    }
    return target;
}

/// A client that does not start is told about, and no reason to take everything back: the lease is in place.
void UplinkTransaction::start_clients(const TransactionPart& part, bool set_up) {
    if (part.stopped.empty())
        return;
    const DhcpTarget target = dhcp_target(set_up ? part.uplink.holder : part.uplink.netdev);
    const Deadline deadline(time_for_clients);
    for (const DhcpStart& start : to_be_started(part.stopped, target)) {
        try {
            start_dhcp_client(start, deadline);
            log_.info(printable(target.netdev) + ": " + std::string(name_of(start.program)) + " started again");
        } catch (const std::exception& failure) {
            log_.error(printable(target.netdev) + ": " + failure.what() + ": start it by hand");
        }
    }
}

/// Those who configure the NIC would go on doing so under its new name, and not know the host's netdev.
void UplinkTransaction::tell(const TransactionPart& part, std::chrono::seconds patience,
                             const std::function<Sentences(const Deadline&)>& how) {
    const Deadline deadline(patience);
    for (const std::string& sentence : how(deadline))
        log_.warning(printable(part.uplink.netdev) + ": " + sentence);
}

void UplinkTransaction::tell_taker(const TransactionPart& part, const Netdev& taker, std::chrono::seconds patience) {
    tell(part, patience,
         [&](const Deadline& deadline) { return tell_before_giving(names_of(part.uplink), taker, deadline); });
}

void UplinkTransaction::switch_in(std::size_t which, TransactionPart& part) {
    const HostPicture picture = network_.look();
    const HostLink* nic = picture.find(part.uplink.nic);
    if (nic == nullptr)
        throw Error("find " + printable(part.uplink.netdev), system_code(ENODEV));
    part.state = state_on(picture, place_of(*nic));
    if (!part.state->immovable.empty())
        throw BadInput("netdev", part.uplink.netdev, part.state->immovable.front());
    part.uplink.nic_had_addresses = !part.state->addresses_v4.empty() || !part.state->addresses_v6.empty();
    journal_.note_state(which, *part.state);
    settle(part, plan_switch_in);
}

void UplinkTransaction::switch_out(std::size_t which, TransactionPart& part) {
    const HostPicture picture = network_.look();
    const UplinkNow now = view_uplink(part.uplink, picture, nullptr, network_);
    if (now.holder) {
        part.state = without(state_on(picture, place_of(*now.holder)), part.own_of_bridge);
        note_children(*part.state, picture, part.uplink.nic); // where the NIC goes down to be renamed
        journal_.note_state(which, *part.state);
    }
    settle(part, plan_switch_out);
}

/// Who configures the NIC is found out, and told what is to come.
void UplinkTransaction::tell_managers(const TransactionPart& part) {
    managers_ = managers_of(part.uplink.netdev, static_cast<std::uint32_t>(part.uplink.nic.number()));
    if (managers_.empty())
        return;
    tell(part, time_for_clients,
         [&](const Deadline& deadline) { return tell_before_start(managers_, names_of(part.uplink), deadline); });
}

/// Nothing is taken back any more.
void UplinkTransaction::keep(const Transaction& transaction, const std::vector<HostState>& own_of_bridges,
                             std::optional<std::uint64_t> confirm_by) {
    for (std::size_t i = 0; i < transaction.parts.size(); ++i)
        journal_.write_record({transaction.parts[i].uplink, own_of_bridges[i], confirm_by});
    for (const TransactionPart& part : transaction.parts)
        start_clients(part, true);
    journal_.end(); // last, or a client would be forgotten if this process died now
}

void UplinkTransaction::start(Transaction transaction, std::chrono::seconds verify,
                              std::optional<std::uint64_t> confirm_by) {
    for (std::size_t i = 0; i < transaction.parts.size(); ++i)
        transaction.parts[i].number = i;
    journal_.begin(transaction);
    std::vector<Witnesses> witnesses(transaction.parts.size());
    std::vector<HostState> own(transaction.parts.size());
    try {
        for (TransactionPart& part : transaction.parts)
            settle(part, plan_build);
        for (std::size_t i = 0; i < transaction.parts.size(); ++i) {
            TransactionPart& part = transaction.parts[i];
            const HostPicture picture = network_.look();
            own[i] = own_state_of_bridge(part.uplink, picture);
            if (const HostLink* nic = picture.find(part.uplink.nic))
                witnesses[i].note_before(state_on(picture, place_of(*nic)), part.uplink.nic, verify.count() > 0);
            tell_managers(part);
            stop_clients(i, part, part.uplink.netdev, part.uplink.holder);
            switch_in(i, part);
            witnesses[i].note_moved();
        }
        if (verify.count() > 0)
            check_on_holders(transaction, network_.look(), witnesses, verify);
        keep(transaction, own, confirm_by);
    } catch (const std::exception& failure) {
        throw TransactionFailed(std::string(failure.what()) + "; " + roll_back(transaction));
    }
}

/// What is on record of the bridge; nothing when there is no record.
HostState UplinkTransaction::own_of_bridge(const Uplink& uplink) const {
    const auto record = journal_.record_of(uplink);
    return record ? record->own_of_bridge : HostState{};
}

void UplinkTransaction::stop(Transaction transaction, std::chrono::seconds verify) {
    const HostPicture before = network_.look();
    std::vector<std::string> transients;
    for (std::size_t i = 0; i < transaction.parts.size(); ++i) {
        TransactionPart& part = transaction.parts[i];
        part.number = i;
        part.uplink = with_what_the_host_has(part.uplink, view_uplink(part.uplink, before, nullptr, network_));
        part.uplink.transient = free_name(transient_name, before.links, transients); // it may be somebody's by now
        transients.push_back(part.uplink.transient);
    }
    journal_.begin(transaction);
    std::vector<Witnesses> witnesses(transaction.parts.size());
    try {
        for (std::size_t i = transaction.parts.size(); i-- > 0;) {
            TransactionPart& part = transaction.parts[i];
            const UplinkNow now = view_uplink(part.uplink, before, nullptr, network_);
            if (now.holder)
                witnesses[i].note_before(state_on(before, place_of(*now.holder)), now.holder->link.index,
                                         verify.count() > 0);
            stop_clients(i, part, part.uplink.holder, part.uplink.netdev);
            part.own_of_bridge = own_of_bridge(part.uplink);
            switch_out(i, part);
            witnesses[i].note_moved();
        }
        if (verify.count() > 0)
            for (std::size_t i = 0; i < transaction.parts.size(); ++i)
                witnesses[i].check_after(transaction.parts[i].uplink.nic, verify);
        journal_.note_past_return();
    } catch (const std::exception& failure) {
        throw TransactionFailed(std::string(failure.what()) + "; " + roll_back(transaction));
    }
    transaction.is_past_return = true;
    put_back(transaction);
}

/// Brings every part to where it was, or, past return, to its end. The part that was moved last comes first, since a
/// route may lead through several, and each state was taken when those before it had moved.
void UplinkTransaction::put_back(Transaction& transaction) {
    takes_back_ = true;
    const bool was_stopping = transaction.what == Transaction::What::stop;
    const bool set_up = was_stopping && !transaction.is_past_return;
    for (std::size_t i = 0; i < transaction.parts.size(); ++i) {
        if (set_up) {
            settle_in(transaction.parts[i]);
            continue;
        }
        TransactionPart& part = transaction.parts[transaction.parts.size() - 1 - i];
        if (transaction.is_past_return) // the host has it, and may have changed it meanwhile
            part.state.reset();
        settle(part, plan_switch_out);
        tell_taker(part, {part.uplink.nic, part.uplink.netdev}, time_for_clients); // while the holder is there
        settle(part, plan_clear);
        journal_.remove_record(part.uplink);
    }
    for (const TransactionPart& part : transaction.parts) {
        start_clients(part, set_up);
        if (!set_up)
            tell(part, time_for_clients,
                 [&](const Deadline& deadline) { return tell_after_stop(names_of(part.uplink), deadline); });
    }
    journal_.end();
}

std::string UplinkTransaction::roll_back(Transaction& transaction) {
    try {
        put_back(transaction);
        return gave_up_ ? "everything is as it was but for what was said before" : "everything is as it was";
    } catch (const std::exception& failure) {
        return std::string("and taking it back failed, too: ") + failure.what() +
               "; \"network-bridge recover\" tries again";
    }
}

void UplinkTransaction::take_back(Transaction transaction) {
    put_back(transaction);
}

void UplinkTransaction::mend(const UplinkRecord& record) {
    TransactionPart part{record.uplink, std::nullopt, {}};
    for (const std::string& line : differences(record))
        log_.info(printable(record.uplink.netdev) + ": " + line);
    journal_.begin({Transaction::What::start, false, {}}); // of nothing that would have to be taken back
    settle_in(part);
    journal_.end();
}

void UplinkTransaction::forget(const Uplink& uplink) {
    journal_.begin({Transaction::What::start, false, {}}); // of nothing that would have to be taken back
    const HostPicture picture = network_.look();
    TransactionPart part{uplink, std::nullopt, {}};
    make(part, plan_clear(uplink, view_uplink(uplink, picture, nullptr, network_)), picture);
    journal_.remove_record(uplink);
    journal_.end();
    tell(part, time_for_clients, [&](const Deadline& deadline) { return tell_after_stop(names_of(uplink), deadline); });
}

std::vector<std::string> UplinkTransaction::describe_start(const Uplink& uplink) {
    const HostPicture picture = network_.look();
    const HostLink* nic = picture.find(uplink.nic);
    if (nic == nullptr)
        return {};
    UplinkNow now = view_uplink(uplink, picture, nullptr, network_);
    auto lines = described(plan_build(uplink, now));
    const std::vector<std::string> makes = lines;
    for (std::string& line : described(plan_build(uplink, as_if_made(uplink, now))))
        if (std::find(makes.begin(), makes.end(), line) == makes.end())
            lines.push_back(std::move(line));
    // What comes after is planned on what will be there by then.
    const HostState state = state_on(picture, place_of(*nic));
    now = view_uplink(uplink, picture, &state, network_);
    now = as_if_built(uplink, std::move(now));
    now.holder_lacks_state = !state.empty();
    for (std::string& line : described(plan_switch_in(uplink, now)))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> UplinkTransaction::describe_stop(const Uplink& uplink) {
    const HostPicture picture = network_.look();
    UplinkNow now = view_uplink(uplink, picture, nullptr, network_);
    if (now.holder) {
        const HostState state = without(state_on(picture, place_of(*now.holder)), own_of_bridge(uplink));
        now = view_uplink(uplink, picture, &state, network_);
    }
    auto lines = described(plan_switch_out(with_what_the_host_has(uplink, now), now));
    for (std::string& line : described(plan_clear(uplink, as_if_switched_out(uplink, now))))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> UplinkTransaction::differences(const UplinkRecord& record) {
    const HostPicture picture = network_.look();
    UplinkNow now = view_uplink(record.uplink, picture, nullptr, network_);
    if (!now.nic)
        return {"interface " + printable(record.uplink.parked) + " is gone"};
    if (now.holder) { // the same addresses on the NIC as well: a DHCP client that was not told
        const HostState state = state_on(picture, place_of(*now.holder));
        now = view_uplink(record.uplink, picture, &state, network_);
    }
    UplinkPlan plan = plan_nothing_but_in(record.uplink, now);
    // udev gives the NIC names of its own at any time, as when a .link file matches no longer since the MAC is another.
    std::erase_if(plan, [](const UplinkStep& step) { return std::holds_alternative<MoveAltnames>(step); });
    return described(plan);
}

} // namespace vifplug
