// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/vif_request.hpp"

#include <array>

namespace vifplug {

namespace {

struct Port {
    VifId id;
    PortKind kind;
};

/// A name that says which vif it is would prove a netdev to be that vif's, so it is given to no other.
void refuse_another_vifs_name(const IfName& name, VifId id) {
    for (const auto& named : {parse_vif_name(name.str()), parse_tap_name(name.str())})
        if (named && *named != id)
            throw BadInput("vifname", name.str(), "that is what the netdev of another vif is called");
}

void take_name(Port port, const std::string& text, VifRequest& into) {
    if (text.empty())
        return;
    const IfName name = IfName::parse("vifname", port.kind == PortKind::tap ? text + "-emu" : text);
    refuse_another_vifs_name(name, port.id);
    into.name = name;
}

void take_bridge(Port, const std::string& text, VifRequest& into) {
    if (text.empty())
        return;
    into.bridge_and_vlans = parse_bridge_and_vlans(text);
    // With a colon, or too long, it can only be the other form.
    constexpr std::size_t longest_name = 15;
    if (!into.bridge_and_vlans || (text.find(':') == std::string::npos && text.size() <= longest_name))
        into.bridge = IfName::parse("bridge", text);
}

void take_mtu(Port, const std::string& text, VifRequest& into) {
    into.mtu = parse_mtu(text);
}

void take_ip(Port, const std::string& text, VifRequest& into) {
    for (const std::string_view word : words(text)) {
        try {
            into.ip.push_back(IpNetwork::parse(word));
        } catch (const BadInput& bad) {
            into.warnings.push_back(std::string(bad.what()) + "; passed over");
        }
    }
}

void take_vlan(Port, const std::string& text, VifRequest& into) {
    if (!text.empty())
        into.vlans = parse_vlan_list(text);
}

struct VifKey {
    std::string_view name;
    void (*take)(Port port, const std::string& text, VifRequest& into);
    std::optional<std::string> HotplugCall::*callers_default; ///< null where only the store counts
};

constexpr VifKey vifname_key{"vifname", take_name, nullptr};

constexpr std::array<VifKey, 5> vif_keys{{vifname_key,
                                          {"bridge", take_bridge, &HotplugCall::bridge},
                                          {"mtu", take_mtu, nullptr},
                                          {"vlan", take_vlan, nullptr},
                                          {"ip", take_ip, &HotplugCall::ip}}};

} // namespace

VifRequest read_vif_request(const HotplugCall& call, const NodeReader& node) {
    VifRequest request;
    for (const VifKey& key : vif_keys) {
        std::optional<std::string> text = node(key.name);
        if (text)
            request.found_in_store = true;
        else if (key.callers_default != nullptr)
            text = call.*key.callers_default;
        if (text)
            key.take({call.backend.id, call.kind}, *text, request);
    }
    return request;
}

std::optional<IfName> read_port_name(VifId id, PortKind kind, const NodeReader& node) {
    VifRequest request;
    if (const auto text = node(vifname_key.name))
        vifname_key.take({id, kind}, *text, request);
    return request.name;
}

} // namespace vifplug
