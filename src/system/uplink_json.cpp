// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/uplink_json.hpp"

#include "core/error.hpp"
#include "system/host_messages.hpp"

#include <cerrno>

namespace vifplug {

namespace {

using nlohmann::json;

// Names come from the kernel and may hold any byte, which JSON may not: so they are written as numbers, too.
std::string as_hex(const std::uint8_t* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 0xF];
    }
    return text;
}

std::uint8_t half_byte(char digit) {
    if (digit >= '0' && digit <= '9')
        return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return static_cast<std::uint8_t>(digit - 'a' + 10);
    throw Error("read a record", system_code(EBADMSG));
}

Bytes from_hex(const std::string& text) {
    if (text.size() % 2 != 0)
        throw Error("read a record", system_code(EBADMSG));
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(half_byte(text[i]) << 4 | half_byte(text[i + 1])));
    return bytes;
}

json of_bytes(const Bytes& bytes) {
    return as_hex(bytes.data(), bytes.size());
}

json of_name(const std::string& name) {
    return as_hex(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
}

std::string name_from(const json& value) {
    const Bytes bytes = from_hex(value.get<std::string>());
    return {bytes.begin(), bytes.end()};
}

json of_mac(const Mac& mac) {
    return as_hex(mac.bytes.data(), mac.bytes.size());
}

Mac mac_from(const json& value) {
    const Bytes bytes = from_hex(value.get<std::string>());
    Mac mac;
    if (bytes.size() != mac.bytes.size())
        throw Error("read a record", system_code(EBADMSG));
    std::copy(bytes.begin(), bytes.end(), mac.bytes.begin());
    return mac;
}

/// Not in words: those of a `vlan` key cannot say all that a kernel's port may have.
json of_vlans(const VlanList& vlans) {
    json list = json::array();
    for (const VlanRange& range : vlans.ranges())
        list.push_back({{"first", range.first.number()},
                        {"last", range.last.number()},
                        {"untagged", range.tagging == Tagging::untagged},
                        {"pvid", range.pvid}});
    return list;
}

VlanId vlan_from(const json& value) {
    const auto number = value.get<std::uint64_t>();
    if (number < first_vlan || number > last_vlan)
        throw Error("read a record", system_code(EBADMSG));
    return VlanId(static_cast<unsigned>(number));
}

VlanList vlans_from(const json& list) {
    VlanList vlans;
    for (const json& range : list) {
        const VlanId first = vlan_from(range.at("first"));
        const VlanId last = vlan_from(range.at("last"));
        const Tagging tagging = range.at("untagged").get<bool>() ? Tagging::untagged : Tagging::tagged;
        for (unsigned id = first.number(); id <= last.number(); ++id)
            vlans.add(VlanId(id), tagging);
        if (range.at("pvid").get<bool>())
            vlans.set_pvid(first);
    }
    return vlans;
}

/// A record from before there were VLANs has none of this, and means the defaults.
void read_vlans(const json& value, Uplink& uplink) {
    if (value.contains("vlan_filtering"))
        uplink.vlan_filtering = value.at("vlan_filtering");
    if (value.contains("vlans"))
        uplink.vlans = parse_uplink_vlans(value.at("vlans").get<std::string>());
    if (value.contains("vlan_mode"))
        uplink.vlan_mode = parse_vlan_mode(value.at("vlan_mode").get<std::string>());
    if (value.contains("bridge_filtered"))
        uplink.bridge_filtered = value.at("bridge_filtered");
    if (value.contains("bridge_vlans"))
        uplink.bridge_vlans = vlans_from(value.at("bridge_vlans"));
}

/// One of an enumeration's values, of which the last is `last`.
template <class Enumeration>
Enumeration one_of(const json& value, Enumeration last) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(last))
        throw Error("read a record", system_code(EBADMSG));
    return static_cast<Enumeration>(number);
}

json of_flags(const LinkFlags& flags) {
    return {{"arp", flags.arp},
            {"multicast", flags.multicast},
            {"allmulti", flags.allmulti},
            {"promiscuous", flags.promiscuous},
            {"dynamic", flags.dynamic}};
}

LinkFlags flags_from(const json& value) {
    return {.arp = value.at("arp"),
            .multicast = value.at("multicast"),
            .allmulti = value.at("allmulti"),
            .promiscuous = value.at("promiscuous"),
            .dynamic = value.at("dynamic")};
}

json of_entries(const std::vector<Entry>& entries) {
    json list = json::array();
    for (const Entry& entry : entries)
        list.push_back(of_bytes(entry.message));
    return list;
}

json of_routes(const std::vector<Entry>& routes) {
    json list = json::array();
    for (const Entry& route : routes)
        list.push_back(route.advertised ? json{{"advertised", of_bytes(route.message)}} : of_bytes(route.message));
    return list;
}

template <class Read>
std::vector<Entry> entries_from(const json& list, Read read) {
    std::vector<Entry> entries;
    for (const json& each : list)
        if (std::optional<Entry> entry = read(from_hex(each.get<std::string>())))
            entries.push_back(std::move(*entry));
    return entries;
}

Entry bystander_entry(Bystander::Sort sort, const Bytes& message, int index) {
    switch (sort) {
    case Bystander::Sort::route:
        return read_host_route(message, index);
    case Bystander::Sort::nexthop:
        return nexthop_entry(read_nexthop(message), index);
    case Bystander::Sort::neighbour:
        return {"neighbour of a VLAN device", message, message};
    case Bystander::Sort::address:
        break;
    }
    return {"address of a VLAN device", message, message};
}

} // namespace

json to_json(const Uplink& uplink) {
    json value{{"topology", name_of(uplink.topology)},
               {"netdev", of_name(uplink.netdev)},
               {"parked", of_name(uplink.parked)},
               {"holder", of_name(uplink.holder)},
               {"bridge", of_name(uplink.bridge)},
               {"port", of_name(uplink.port)},
               {"transient", of_name(uplink.transient)},
               {"bridge_is_ours", uplink.bridge_is_ours},
               {"nic", uplink.nic.number()},
               {"mac_is_fixed", uplink.mac_is_fixed},
               {"nic_mac", of_mac(uplink.nic_mac)},
               {"nic_mtu", uplink.nic_mtu},
               {"nic_up", uplink.nic_up},
               {"nic_had_addresses", uplink.nic_had_addresses},
               {"nic_flags", of_flags(uplink.nic_flags)},
               {"bridge_up", uplink.bridge_up},
               {"vlan_filtering", uplink.vlan_filtering},
               {"vlan_mode", name_of(uplink.vlan_mode)},
               {"bridge_filtered", uplink.bridge_filtered}};
    value["altnames"] = json::array();
    for (const std::string& name : uplink.altnames)
        value["altnames"].push_back(of_name(name));
    if (uplink.mtu)
        value["mtu"] = *uplink.mtu;
    if (uplink.nic_address_generation)
        value["nic_address_generation"] = static_cast<unsigned>(*uplink.nic_address_generation);
    if (uplink.bridge_mac)
        value["bridge_mac"] = of_mac(*uplink.bridge_mac);
    if (uplink.vlans.kind != UplinkVlans::Kind::untouched)
        value["vlans"] = text_of(uplink.vlans);
    if (uplink.bridge_vlans)
        value["bridge_vlans"] = of_vlans(*uplink.bridge_vlans);
    return value;
}

Uplink uplink_from_json(const json& value) {
    Uplink uplink{IfIndex(value.at("nic").get<int>())};
    uplink.topology = parse_topology(value.at("topology").get<std::string>());
    uplink.netdev = name_from(value.at("netdev"));
    uplink.parked = name_from(value.at("parked"));
    uplink.holder = name_from(value.at("holder"));
    uplink.bridge = name_from(value.at("bridge"));
    uplink.port = name_from(value.at("port"));
    uplink.transient = name_from(value.at("transient"));
    uplink.bridge_is_ours = value.at("bridge_is_ours");
    uplink.mac_is_fixed = value.at("mac_is_fixed");
    uplink.nic_mac = mac_from(value.at("nic_mac"));
    uplink.nic_mtu = value.at("nic_mtu");
    uplink.nic_up = value.at("nic_up");
    uplink.nic_had_addresses = value.at("nic_had_addresses");
    uplink.nic_flags = flags_from(value.at("nic_flags"));
    uplink.bridge_up = value.at("bridge_up");
    for (const std::string& name : value.at("altnames").get<std::vector<std::string>>())
        uplink.altnames.push_back(name_from(name));
    if (value.contains("mtu"))
        uplink.mtu = value.at("mtu").get<unsigned>();
    if (value.contains("nic_address_generation"))
        uplink.nic_address_generation = one_of(value.at("nic_address_generation"), AddressGeneration::random);
    if (value.contains("bridge_mac"))
        uplink.bridge_mac = mac_from(value.at("bridge_mac"));
    read_vlans(value, uplink);
    return uplink;
}

json to_json(const HostState& state) {
    json bystanders = json::array();
    for (const Bystander& each : state.bystanders)
        bystanders.push_back({{"sort", static_cast<unsigned>(each.sort)}, {"message", of_bytes(each.entry.message)}});
    json multicast = json::array();
    for (const Mac& mac : state.multicast)
        multicast.push_back(of_mac(mac));
    json gateways = json::array();
    for (const Gateway& gateway : state.gateways)
        gateways.push_back({{"ipv6", gateway.ipv6}, {"address", of_bytes(gateway.address)}, {"text", gateway.text}});
    return {{"netdev", of_name(state.netdev)},
            {"index", state.index},
            {"taken_at", state.taken_at},
            {"addresses_v4", of_entries(state.addresses_v4)},
            {"addresses_v6", of_entries(state.addresses_v6)},
            {"nexthops", of_entries(state.nexthops)},
            {"routes", of_routes(state.routes)},
            {"neighbours", of_entries(state.neighbours)},
            {"rules", of_entries(state.rules)},
            {"multicast", multicast},
            {"gateways", gateways},
            {"bystanders", bystanders}};
}

HostState state_from_json(const json& value) {
    HostState state;
    state.netdev = name_from(value.at("netdev"));
    state.index = value.at("index");
    state.taken_at = value.at("taken_at");
    const Place here{state.index, state.netdev};
    const auto address = [&](const Bytes& message) { return read_host_address(message, here); };
    state.addresses_v4 = entries_from(value.at("addresses_v4"), address);
    state.addresses_v6 = entries_from(value.at("addresses_v6"), address);
    state.nexthops = entries_from(value.at("nexthops"), [&](const Bytes& message) {
        return std::optional(nexthop_entry(read_nexthop(message), here.index));
    });
    for (const json& route : value.at("routes")) {
        const bool advertised = route.is_object();
        const Bytes message = from_hex((advertised ? route.at("advertised") : route).get<std::string>());
        state.routes.push_back(advertised ? read_advertised_route(message, here.index)
                                          : read_host_route(message, here.index));
    }
    state.neighbours =
        entries_from(value.at("neighbours"), [&](const Bytes& message) { return read_host_neighbour(message, here); });
    state.rules = entries_from(value.at("rules"), [&](const Bytes& message) { return read_host_rule(message, here); });
    for (const json& mac : value.at("multicast"))
        state.multicast.push_back(mac_from(mac));
    for (const json& gateway : value.at("gateways"))
        state.gateways.push_back({gateway.at("ipv6").get<bool>(), from_hex(gateway.at("address").get<std::string>()),
                                  gateway.at("text").get<std::string>()});
    for (const json& each : value.at("bystanders")) {
        const auto sort = one_of(each.at("sort"), Bystander::Sort::nexthop);
        state.bystanders.push_back(
            {sort, bystander_entry(sort, from_hex(each.at("message").get<std::string>()), here.index)});
    }
    return state;
}

json to_json(const DhcpClient& client) {
    json arguments = json::array();
    for (const std::string& argument : client.arguments)
        arguments.push_back(of_name(argument));
    return {{"program", name_of(client.program)},
            {"executable", of_name(client.executable)},
            {"arguments", arguments},
            {"netdev", of_name(client.netdev)},
            {"control", of_name(client.control)},
            {"pid", client.pid},
            {"started", client.started},
            {"hears", client.hears}};
}

DhcpClient client_from_json(const json& value) {
    const auto program = parse_dhcp_program(value.at("program").get<std::string>());
    if (!program)
        throw Error("read a record", system_code(EBADMSG));
    DhcpClient client{.program = *program,
                      .executable = name_from(value.at("executable")),
                      .arguments = {},
                      .netdev = name_from(value.at("netdev")),
                      .control = name_from(value.at("control")),
                      .pid = value.at("pid").get<int>(),
                      .started = value.at("started").get<std::uint64_t>(),
                      .hears = value.at("hears").get<std::vector<std::uint32_t>>()};
    for (const json& argument : value.at("arguments"))
        client.arguments.push_back(name_from(argument));
    return client;
}

} // namespace vifplug
