// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_choice.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/vif_id.hpp"
#include "core/vlan_wishes.hpp"

#include <algorithm>
#include <array>

namespace vifplug {

namespace {

constexpr std::size_t longest_name = 15;

const HostLink* find(const std::vector<HostLink>& links, const std::string& name) {
    for (const HostLink& each : links)
        if (each.link.name == name ||
            std::find(each.altnames.begin(), each.altnames.end(), name) != each.altnames.end())
            return &each;
    return nullptr;
}

const HostLink* find(const std::vector<HostLink>& links, IfIndex index) {
    for (const HostLink& each : links)
        if (each.link.index == index)
            return &each;
    return nullptr;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The number of a name that is letters and then digits: eth3 has 3; enp3s0, eth0.100 and br-lan have none.
std::optional<unsigned> number_in(const std::string& name) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto digits = std::find_if_not(name.begin(), name.end(), is_letter);
    if (digits == name.begin() || !std::all_of(digits, name.end(), is_digit))
        return std::nullopt;
    return parse_decimal(std::string(digits, name.end()));
}

/// Whether the netdev and the port are the ends of one veth pair.
bool is_other_end(const HostLink& netdev, const std::string& port, const std::vector<HostLink>& links) {
    const HostLink* end = port.empty() ? nullptr : find(links, port);
    return end != nullptr && end->link.kind == "veth" && end->lower == std::optional(netdev.link.index);
}

const Uplink* on_record(const std::vector<Uplink>& uplinks, const HostLink& nic, const std::vector<HostLink>& links) {
    for (const Uplink& uplink : uplinks)
        if (uplink.nic == nic.link.index || is_other_end(nic, uplink.port, links) || uplink.holder == nic.link.name ||
            uplink.bridge == nic.link.name)
            return &uplink;
    return nullptr;
}

const HostLink& find_nic(const UplinkRequest& request, const UplinkSurroundings& around) {
    if (!request.netdev && around.default_route)
        if (const HostLink* nic = find(around.links, *around.default_route))
            return *nic;
    const std::string name = request.netdev.value_or("eth0");
    if (const HostLink* nic = find(around.links, name))
        return *nic;
    throw BadInput("netdev", name,
                   request.netdev ? "there is no such interface" : "there is no such interface, nor a default route");
}

/// A netdev that goes its way through the NIC by number would follow it to its new name, and lose it.
void check_what_sits_on(const HostLink& nic, const std::vector<HostLink>& links) {
    static constexpr std::array<std::string_view, 5> own_the_nic{"macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"};
    for (const HostLink& each : links) {
        if (each.lower != std::optional(nic.link.index) || each.link.kind == "vlan" || each.link.kind == "veth")
            continue;
        const bool owns = std::find(own_the_nic.begin(), own_the_nic.end(), each.link.kind) != own_the_nic.end();
        throw BadInput("netdev", nic.link.name,
                       printable(each.link.name) + ", a " + printable(each.link.kind) + ", sits on it, and " +
                           (owns ? "no bridge takes such an interface for a port"
                                 : "would stay with it and lose the host's addresses"));
    }
}

void check_nic(const HostLink& nic, const std::vector<HostLink>& links) {
    if (nic.loopback || !nic.ethernet)
        throw BadInput("netdev", nic.link.name, "not an Ethernet interface, and only those can be ports of a bridge");
    if (nic.link.master) {
        const HostLink* master = find(links, *nic.link.master);
        throw BadInput("netdev", nic.link.name,
                       "it belongs to " + (master != nullptr ? printable(master->link.name) : "another interface") +
                           ", which would have to be the one on the bridge");
    }
    check_what_sits_on(nic, links);
}

std::optional<BridgedAlready> bridged_already(const UplinkRequest& request, const HostLink& nic,
                                              const std::vector<HostLink>& links) {
    const std::string name = printable(nic.link.name);
    if (nic.link.kind == "bridge")
        return BridgedAlready{name + " is a bridge already", passed_over_vlans(request, nic, nic)};
    const auto master_of = [&](const HostLink& port) {
        return port.link.master ? find(links, *port.link.master) : nullptr;
    };
    const HostLink* peer = nic.link.kind == "veth" && nic.lower ? find(links, *nic.lower) : nullptr;
    if (peer != nullptr && peer->link.master) {
        const HostLink* bridge = master_of(*peer);
        return BridgedAlready{name + " is on a bridge through " + printable(peer->link.name) + " already",
                              bridge != nullptr ? passed_over_vlans(request, nic, *bridge) : std::nullopt};
    }
    const HostLink* master = master_of(nic);
    if (master == nullptr || master->link.kind != "bridge")
        return std::nullopt;
    return BridgedAlready{name + " is a port of bridge " + printable(master->link.name) + " already",
                          passed_over_vlans(request, nic, *master)};
}

bool is_a_guests(const std::string& port) {
    return parse_vif_name(port).has_value() || parse_tap_name(port).has_value();
}

/// Whether a bridge has, or had by our record, another way out.
bool serves_another(const HostLink& bridge, const UplinkSurroundings& around) {
    for (const Uplink& uplink : around.set_up)
        if (uplink.bridge == bridge.link.name)
            return true;
    return std::any_of(around.links.begin(), around.links.end(), [&](const HostLink& port) {
        return port.link.master == std::optional(bridge.link.index) && !is_a_guests(port.link.name);
    });
}

std::string bridge_of(unsigned number) {
    return "xenbr" + std::to_string(number);
}

std::string port_of(unsigned number) {
    return "vif0." + std::to_string(number);
}

std::vector<std::string> names_spoken_for(const UplinkSurroundings& around) {
    std::vector<std::string> names;
    for (const Uplink& uplink : around.planned)
        names.insert(names.end(), {uplink.parked, uplink.bridge, uplink.port, uplink.transient});
    return names;
}

bool is_spoken_for(const std::string& name, const UplinkSurroundings& around) {
    const auto names = names_spoken_for(around);
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_free_for(unsigned number, const UplinkRequest& request, const UplinkSurroundings& around) {
    const bool is_the_bridges = request.bridge && request.bridge->str() == port_of(number);
    if (find(around.links, port_of(number)) != nullptr || is_spoken_for(port_of(number), around) || is_the_bridges ||
        (!request.bridge && is_spoken_for(bridge_of(number), around)))
        return false;
    const HostLink* bridge = request.bridge ? nullptr : find(around.links, bridge_of(number));
    return bridge == nullptr || (bridge->link.kind == "bridge" && !serves_another(*bridge, around));
}

unsigned choose_number(const UplinkRequest& request, const HostLink& nic, const UplinkSurroundings& around) {
    if (request.vifnum)
        return *request.vifnum;
    unsigned number = number_in(nic.link.name).value_or(0);
    while (!is_free_for(number, request, around))
        ++number;
    return number;
}

/// Uses a bridge of that name that is there; refuses anything else of it.
void choose_bridge(Uplink& uplink, const std::string& name, const HostLink& nic, const UplinkSurroundings& around) {
    uplink.bridge = name;
    if (is_spoken_for(name, around))
        throw BadInput("bridge", name, "another interface of this call shall be on it");
    for (const Uplink& known : around.set_up) // frames would go round between them
        if (known.bridge == name && known.nic != nic.link.index)
            throw BadInput("bridge", name, printable(known.parked) + " is its way out already");
    const HostLink* there = find(around.links, name);
    if (there == nullptr)
        return;
    if (there->link.index == nic.link.index && there->link.name == name) {
        if (uplink.topology == Topology::bridge)
            return; // the bridge takes the NIC's name
        throw BadInput("bridge", name, "that is the NIC itself, and with topology=veth its name is for the host");
    }
    if (there->link.name != name)
        throw BadInput("bridge", name, "that is an altname of " + printable(there->link.name));
    if (there->link.kind != "bridge")
        throw BadInput("bridge", name, "an interface of that name is there and is no bridge");
    uplink.bridge_is_ours = false;
    uplink.bridge_up = there->link.up;
    if (uplink.holder_is_bridge())
        uplink.bridge_mac = there->link.mac;
}

/// Refuses what the bridge that is there cannot do, and what would let its guests see each other's VLANs.
void choose_vlans(Uplink& uplink, const UplinkRequest& request, const std::vector<HostLink>& links) {
    const HostLink* there = uplink.bridge_is_ours ? nullptr : find(links, uplink.bridge);
    const BridgeVlanSettings* settings =
        there != nullptr && there->link.vlan_settings ? &*there->link.vlan_settings : nullptr;
    const bool is_on = settings && settings->filters;
    const bool turns_on = request.vlan_filtering == true;
    const std::string bridge = "bridge " + printable(uplink.bridge);
    if (request.vlan_filtering == false && is_on)
        throw BadInput("vlan_filtering", "no",
                       bridge + " filters VLANs, and without that its guests would see each other's");
    if (turns_on && there != nullptr && !settings)
        throw BadInput("vlan_filtering", "yes", "the bridges of this kernel cannot filter VLANs");
    if (request.vlans && !is_on && !turns_on)
        throw BadInput("vlans", text_of(*request.vlans),
                       bridge + (there != nullptr ? " does" : " would") +
                           " not filter VLANs, which vlan_filtering=yes turns on");
    uplink.vlans = vlans_of(request);
    if (settings && settings->default_pvid == 0 && (is_on || turns_on) && uplink.vlans.kind != UplinkVlans::Kind::fixed)
        throw BadInput("bridge", uplink.bridge,
                       "it filters VLANs and gives a new port none (vlan_default_pvid 0): a list in vlans= says which");
    uplink.vlan_filtering = turns_on || request.vlans.has_value();
    uplink.vlan_mode = request.vlan_mode;
    uplink.bridge_filtered = is_on;
}

void choose_port(Uplink& uplink, unsigned number, const UplinkSurroundings& around) {
    uplink.port = port_of(number);
    if (find(around.links, uplink.port) != nullptr || is_spoken_for(uplink.port, around))
        throw BadInput("vifnum", std::to_string(number), uplink.port + " is there already");
    if (uplink.port == uplink.bridge)
        throw BadInput("vifnum", std::to_string(number), "the bridge shall be called " + uplink.port);
}

void check_vlans_against_record(const Uplink& uplink, const UplinkRequest& request) {
    const std::string set_up = printable(uplink.netdev) + " is set up ";
    if (request.vlan_filtering && *request.vlan_filtering != uplink.vlan_filtering)
        throw BadInput("vlan_filtering", *request.vlan_filtering ? "yes" : "no",
                       set_up + (uplink.vlan_filtering ? "with" : "without") + " it; stop that first");
    if (request.vlans && *request.vlans != uplink.vlans)
        throw BadInput(
            "vlans", text_of(*request.vlans),
            set_up +
                (uplink.vlans.kind == UplinkVlans::Kind::untouched ? "without any" : "with " + text_of(uplink.vlans)) +
                "; stop that first");
}

AlreadySetUp already_set_up(const Uplink& uplink, const UplinkRequest& request) {
    if (request.bridge && request.bridge->str() != uplink.bridge)
        throw BadInput("bridge", request.bridge->str(),
                       printable(uplink.netdev) + " is on " + printable(uplink.bridge) + "; stop that first");
    if (request.vifnum && !uplink.port.empty() && port_of(*request.vifnum) != uplink.port)
        throw BadInput("vifnum", std::to_string(*request.vifnum),
                       printable(uplink.netdev) + " is set up with " + uplink.port + "; stop that first");
    const unsigned mtu = uplink.mtu.value_or(uplink.nic_mtu);
    if (request.mtu && request.mtu->bytes() != mtu)
        throw BadInput("mtu", std::to_string(request.mtu->bytes()),
                       printable(uplink.netdev) + " is set up with " + std::to_string(mtu) + "; stop that first");
    if (request.is_configured)
        return {uplink, outdated_vlans(uplink, request)};
    check_vlans_against_record(uplink, request);
    return {uplink, std::nullopt};
}

} // namespace

std::string free_name(const std::string& wanted, const std::vector<HostLink>& links,
                      const std::vector<std::string>& spoken_for) {
    const auto is_free = [&](const std::string& name) {
        return name.size() <= longest_name && find(links, name) == nullptr &&
               std::find(spoken_for.begin(), spoken_for.end(), name) == spoken_for.end();
    };
    std::string shortened = wanted;
    while (shortened.size() > longest_name || !is_utf8(shortened))
        shortened.pop_back();
    if (is_free(shortened))
        return shortened;
    for (unsigned number = 0;; ++number) {
        const std::string suffix = std::to_string(number);
        std::string name = shortened.substr(0, longest_name - suffix.size());
        while (!is_utf8(name))
            name.pop_back();
        if (is_free(name + suffix))
            return name + suffix;
    }
}

UplinkChoice choose_uplink(const UplinkRequest& request, const UplinkSurroundings& around) {
    for (const Uplink& known : around.set_up) // its name may be nobody's meanwhile
        if (request.netdev && (*request.netdev == known.netdev || *request.netdev == known.parked))
            return already_set_up(known, request);
    if (!request.netdev && !around.default_route && around.set_up.size() == 1)
        return AlreadySetUp{around.set_up.front(), std::nullopt};
    const HostLink& nic = find_nic(request, around);
    if (const Uplink* known = on_record(around.set_up, nic, around.links))
        return already_set_up(*known, request);
    for (const Uplink& planned : around.planned)
        if (planned.nic == nic.link.index)
            throw BadInput("netdev", request.netdev.value_or(nic.link.name),
                           "that is " + printable(planned.netdev) + ", which this call names already");
    if (auto already = bridged_already(request, nic, around.links))
        return *already;
    check_nic(nic, around.links);

    ChosenUplink chosen{Uplink(nic.link.index), {}};
    Uplink& uplink = chosen.uplink;
    uplink.topology = request.topology;
    uplink.netdev = nic.link.name;
    if (request.topology == Topology::veth) {
        const unsigned number = choose_number(request, nic, around);
        choose_bridge(uplink, request.bridge ? request.bridge->str() : bridge_of(number), nic, around);
        choose_port(uplink, number, around);
        uplink.holder = nic.link.name;
    } else {
        choose_bridge(uplink, request.bridge ? request.bridge->str() : nic.link.name, nic, around);
        uplink.holder = uplink.bridge;
    }
    choose_vlans(uplink, request, around.links);
    auto taken = names_spoken_for(around);
    taken.insert(taken.end(), {uplink.bridge, uplink.port});
    uplink.parked = free_name("p" + nic.link.name, around.links, taken);
    if (uplink.parked != "p" + nic.link.name)
        chosen.remarks.push_back(
            printable(nic.link.name) + " becomes " + printable(uplink.parked) + ": p" + printable(nic.link.name) +
            (nic.link.name.size() < longest_name ? " is taken" : " would be longer than 15 bytes"));
    taken.push_back(uplink.parked);
    uplink.transient = free_name(transient_name, around.links, taken);
    if (request.mtu)
        uplink.mtu = request.mtu->bytes();
    uplink.nic_mac = nic.link.mac.value_or(Mac{});
    uplink.nic_mtu = nic.link.mtu;
    uplink.nic_up = nic.link.up;
    uplink.nic_flags = nic.flags;
    uplink.altnames = nic.altnames;
    uplink.nic_address_generation = nic.link.address_generation;
    return chosen;
}

std::vector<Uplink> find_uplinks(const UplinkRequest& request, const UplinkSurroundings& around) {
    const auto means = [&](const Uplink& uplink) {
        if (request.netdev) {
            const HostLink* named = find(around.links, *request.netdev);
            const bool by_name = *request.netdev == uplink.netdev || *request.netdev == uplink.parked;
            const bool by_netdev =
                named != nullptr && (named->link.index == uplink.nic || named->link.name == uplink.holder ||
                                     is_other_end(*named, uplink.port, around.links));
            if (!by_name && !by_netdev)
                return false;
        }
        if (request.bridge && request.bridge->str() != uplink.bridge)
            return false;
        return !request.vifnum || uplink.port == port_of(*request.vifnum);
    };
    std::vector<Uplink> found;
    std::copy_if(around.set_up.begin(), around.set_up.end(), std::back_inserter(found), means);
    if (found.size() < 2 || request.netdev || request.bridge || request.vifnum)
        return found;
    const HostLink* preferred = around.default_route ? find(around.links, *around.default_route) : nullptr;
    for (const Uplink& uplink : found)
        if (preferred != nullptr && uplink.holder == preferred->link.name)
            return {uplink};
    throw BadInput("several interfaces are set up, " + printable(found[0].netdev) + " and " +
                   printable(found[1].netdev) + " among them: say which by netdev=");
}

} // namespace vifplug
