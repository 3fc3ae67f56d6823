// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/nic_configurators.hpp"

#include "core/text.hpp"
#include "system/dhcp_clients.hpp"

namespace vifplug {

namespace {

UplinkNames names_of(const Uplink& uplink) {
    UplinkNames names{uplink.netdev, uplink.parked, uplink.holder, uplink.holder_is_bridge(), {uplink.parked}};
    if (!uplink.holder_is_bridge()) {
        names.left_out.push_back(uplink.port);
        if (uplink.bridge_is_ours)
            names.left_out.push_back(uplink.bridge);
    }
    return names;
}

} // namespace

void NicConfigurators::stop_clients(std::size_t which, TransactionPart& part, const std::string& from,
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

DhcpTarget NicConfigurators::dhcp_target(const std::string& netdev) const {
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

void NicConfigurators::start_clients(const TransactionPart& part, bool set_up) {
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

void NicConfigurators::tell(const TransactionPart& part, std::chrono::seconds patience,
                            const std::function<Sentences(const Deadline&)>& how) {
    const Deadline deadline(patience);
    for (const std::string& sentence : how(deadline))
        log_.warning(printable(part.uplink.netdev) + ": " + sentence);
}

void NicConfigurators::tell_taker(const TransactionPart& part, const Netdev& taker, std::chrono::seconds patience) {
    tell(part, patience,
         [&](const Deadline& deadline) { return tell_before_giving(names_of(part.uplink), taker, deadline); });
}

void NicConfigurators::tell_before(const TransactionPart& part) {
    managers_ = managers_of(part.uplink.netdev, static_cast<std::uint32_t>(part.uplink.nic.number()));
    if (managers_.empty())
        return;
    tell(part, time_for_clients,
         [&](const Deadline& deadline) { return tell_before_start(managers_, names_of(part.uplink), deadline); });
}

void NicConfigurators::tell_in_switch(const TransactionPart& part) {
    tell(part, time_in_the_switch,
         [&](const Deadline& deadline) { return tell_in_the_switch(managers_, names_of(part.uplink), deadline); });
    managers_.clear();
}

void NicConfigurators::tell_after(const TransactionPart& part) {
    tell(part, time_for_clients,
         [&](const Deadline& deadline) { return tell_after_stop(names_of(part.uplink), deadline); });
}

} // namespace vifplug
