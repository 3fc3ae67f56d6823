// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/port_snapshot.hpp"

#include "core/bridge_choice.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace vifplug {

namespace {

std::optional<Link> follow(const BridgeFallback& fallback, Links& links) {
    auto link = links.find(fallback.name);
    if (link && fallback.meaning == BridgeFallback::Meaning::a_port_of_it)
        link = link->master ? links.find(*link->master) : std::nullopt;
    return link && is_bridge(*link) ? link : std::nullopt;
}

std::string what_it_is(const Link& link) {
    return link.kind.empty() ? "an interface of the hardware" : "of kind " + printable(link.kind);
}

[[noreturn]] void refuse(const IfName& wanted, const std::optional<Link>& found,
                         const std::optional<BridgeFallback>& fallback) {
    using enum BridgeFallback::Meaning;
    std::string rule = found ? "this interface is no bridge but " + what_it_is(*found) : "there is no such bridge here";
    if (fallback)
        rule += std::string(", nor ") + (fallback->meaning == the_bridge ? "a bridge " : "a bridge with the port ") +
                fallback->name;
    if (found)
        throw BadInput("bridge", wanted.str(), rule);
    throw MissingBridge("bridge", wanted.str(), rule);
}

Link find_any_bridge(Links& links) {
    const std::vector<Link> bridges = links.bridges();
    const Link* first = first_bridge(bridges);
    if (first == nullptr)
        throw MissingBridge("bridge", "", "none is configured, and there is no bridge here to choose");
    return *first;
}

} // namespace

std::optional<Link> find_port(const HotplugCall& call, const std::optional<IfName>& configured,
                              const std::optional<PortRecord>& record, Links& links) {
    for (const std::string& name : names_to_look_for(call.backend.id, call.kind, call.port, configured, record)) {
        auto link = links.find(name);
        if (link && belongs_to(*link, call.backend.id, call.kind, record))
            return link;
    }
    return std::nullopt;
}

std::optional<Netdev> find_master(const Link& link, Links& links) {
    const auto master = link.master ? links.find(*link.master) : std::nullopt;
    return master ? std::optional(netdev_of(*master)) : std::nullopt;
}

PortNow look_at_port(const Link& link, bool with_vlans, Links& links) {
    return {.link = link,
            .addresses = links.addresses(link.index),
            .master = find_master(link, links),
            .vlans = with_vlans && link.master ? links.vlans(link.index) : VlanList()};
}

Link find_bridge(const std::optional<IfName>& wanted, Links& links) {
    if (!wanted)
        return find_any_bridge(links);
    const auto found = links.find(wanted->str());
    if (found && is_bridge(*found))
        return *found;
    const auto fallback = bridge_fallback(*wanted, found);
    if (fallback)
        if (auto bridge = follow(*fallback, links))
            return *std::move(bridge);
    refuse(*wanted, found, fallback);
}

void check_name_is_free(const Link& port, const std::optional<IfName>& configured, Links& links) {
    if (!configured || configured->str() == port.name)
        return;
    const auto holder = links.find(configured->str());
    if (holder && holder->index != port.index)
        throw BadInput("vifname", configured->str(),
                       printable(port.name) + " cannot get this name, since another interface has it");
}

} // namespace vifplug
