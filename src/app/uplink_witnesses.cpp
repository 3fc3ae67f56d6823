// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/uplink_witnesses.hpp"

#include "core/error.hpp"
#include "system/gateway_check.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

namespace vifplug {

namespace {

constexpr std::chrono::milliseconds time_to_answer_before{100};

std::string listed(const std::vector<Gateway>& gateways) {
    std::string text;
    for (const Gateway& gateway : gateways)
        text += (text.empty() ? "" : ", ") + gateway.text;
    return text;
}

} // namespace

void Witnesses::note_before(const HostState& state, IfIndex netdev, bool asked) {
    if (asked)
        gateways_ = gateways_that_answer(state.gateways, netdev, time_to_answer_before);
    peers_ = tcp_peers_of(state);
}

void Witnesses::check_after(IfIndex netdev, std::chrono::seconds patience) const {
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

} // namespace vifplug
