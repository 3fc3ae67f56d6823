// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_transaction.hpp"

#include "app/moving_state.hpp"
#include "app/uplink_preview.hpp"
#include "app/uplink_view.hpp"
#include "app/uplink_vlans.hpp"
#include "app/uplink_witnesses.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/uplink_choice.hpp"

#include <cerrno>

namespace vifplug {

namespace {

/// Throws Error when a witness is silent on the holder that has the NIC's addresses now.
void check_on_holders(const Transaction& transaction, const HostPicture& picture,
                      const std::vector<Witnesses>& witnesses, std::chrono::seconds patience) {
    for (std::size_t i = 0; i < transaction.parts.size(); ++i)
        if (const HostLink* holder = picture.find(transaction.parts[i].uplink.holder))
            witnesses[i].check_after(holder->link.index, patience);
}

} // namespace

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
    settling_.settle(part, plan_switch_in);
}

void UplinkTransaction::switch_out(std::size_t which, TransactionPart& part) {
    const HostPicture picture = network_.look();
    const UplinkNow now = view_uplink(part.uplink, picture, nullptr, network_);
    if (now.holder) {
        part.state = without(state_on(picture, place_of(*now.holder)), part.own_of_bridge);
        note_children(*part.state, picture, part.uplink.nic); // where the NIC goes down to be renamed
        journal_.note_state(which, *part.state);
    }
    settling_.settle(part, plan_switch_out);
}

/// Nothing is taken back any more.
void UplinkTransaction::keep(const Transaction& transaction, const std::vector<HostState>& own_of_bridges,
                             std::optional<std::uint64_t> confirm_by) {
    for (std::size_t i = 0; i < transaction.parts.size(); ++i)
        journal_.write_record({transaction.parts[i].uplink, own_of_bridges[i], confirm_by});
    for (const TransactionPart& part : transaction.parts)
        configurators_.start_clients(part, true);
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
            settling_.settle(part, plan_build);
        for (std::size_t i = 0; i < transaction.parts.size(); ++i) {
            TransactionPart& part = transaction.parts[i];
            const HostPicture picture = network_.look();
            own[i] = own_state_of_bridge(part.uplink, picture);
            if (const HostLink* nic = picture.find(part.uplink.nic))
                witnesses[i].note_before(state_on(picture, place_of(*nic)), part.uplink.nic, verify.count() > 0);
            configurators_.tell_before(part);
            configurators_.stop_clients(i, part, part.uplink.netdev, part.uplink.holder);
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
            configurators_.stop_clients(i, part, part.uplink.holder, part.uplink.netdev);
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
    settling_.begin_to_take_back();
    const bool was_stopping = transaction.what == Transaction::What::stop;
    const bool set_up = was_stopping && !transaction.is_past_return;
    for (std::size_t i = 0; i < transaction.parts.size(); ++i) {
        if (set_up) {
            settling_.settle_in(transaction.parts[i]);
            continue;
        }
        TransactionPart& part = transaction.parts[transaction.parts.size() - 1 - i];
        if (transaction.is_past_return) // the host has it, and may have changed it meanwhile
            part.state.reset();
        settling_.settle(part, plan_switch_out);
        // While the holder is there.
        configurators_.tell_taker(part, {part.uplink.nic, part.uplink.netdev}, time_for_clients);
        settling_.settle(part, plan_clear);
        if (goes_on_filtering(part.uplink, network_)) {
            log_.warning(printable(part.uplink.bridge) + " goes on filtering VLANs, which keeps guests on it apart");
            goes_on_filtering_ = true;
        }
        journal_.remove_record(part.uplink);
    }
    for (const TransactionPart& part : transaction.parts) {
        configurators_.start_clients(part, set_up);
        if (!set_up)
            configurators_.tell_after(part);
    }
    journal_.end();
}

std::string UplinkTransaction::roll_back(Transaction& transaction) {
    try {
        put_back(transaction);
        return goes_on_filtering_ || settling_.gave_up() ? "everything is as it was but for what was said before"
                                                         : "everything is as it was";
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
    for (const std::string& line : describe_differences(record, network_))
        log_.info(printable(record.uplink.netdev) + ": " + line);
    journal_.begin({Transaction::What::start, false, {}}); // of nothing that would have to be taken back
    settling_.settle_in(part);
    journal_.end();
}

void UplinkTransaction::forget(const Uplink& uplink) {
    journal_.begin({Transaction::What::start, false, {}}); // of nothing that would have to be taken back
    const HostPicture picture = network_.look();
    TransactionPart part{uplink, std::nullopt, {}};
    settling_.make(part, plan_clear(uplink, view_uplink(uplink, picture, nullptr, network_)), picture);
    journal_.remove_record(uplink);
    journal_.end();
    configurators_.tell_after(part);
}

} // namespace vifplug
