// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/vif_request.hpp"

#include <array>

namespace vifplug {

namespace {

void take_name(PortKind kind, const std::string& text, VifRequest& into) {
    if (!text.empty())
        into.name = IfName::parse("vifname", kind == PortKind::tap ? text + "-emu" : text);
}

void take_bridge(PortKind, const std::string& text, VifRequest& into) {
    if (!text.empty())
        into.bridge = IfName::parse("bridge", text);
}

void take_mtu(PortKind, const std::string& text, VifRequest& into) {
    into.mtu = parse_mtu(text);
}

void take_ip(PortKind, const std::string& text, VifRequest& into) {
    for (const std::string_view word : words(text)) {
        try {
            into.ip.push_back(IpNetwork::parse(word));
        } catch (const BadInput& bad) {
            into.warnings.push_back(std::string(bad.what()) + "; passed over");
        }
    }
}

void take_vlan(PortKind, const std::string& text, VifRequest&) {
    if (!text.empty())
        throw BadInput("vlan", text, "not supported yet, and without it the guest would land in the wrong network");
}

struct VifKey {
    std::string_view name;
    void (*take)(PortKind kind, const std::string& text, VifRequest& into);
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
            key.take(call.kind, *text, request);
    }
    return request;
}

std::optional<IfName> read_port_name(PortKind kind, const NodeReader& node) {
    VifRequest request;
    if (const auto text = node(vifname_key.name))
        vifname_key.take(kind, *text, request);
    return request.name;
}

} // namespace vifplug
