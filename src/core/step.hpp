// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/vlan.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vifplug {

/// A netdev as a step names it: by number to the kernel, by name to people.
struct Netdev {
    IfIndex index;
    std::string name;

    friend bool operator==(const Netdev&, const Netdev&) = default;
};

inline Netdev netdev_of(const Link& link) {
    return {link.index, link.name};
}

// One change of the kernel each; what it replaces is kept in the step, so that it can be taken back.
struct SetUp {
    Netdev port;
};
struct SetDown {
    Netdev port;
};
struct Rename {
    Netdev port; ///< under the name it has before
    std::string to;
};
struct SetMac {
    Netdev port;
    Mac from, to;
};
struct SetMtu {
    Netdev port;
    unsigned from, to;
};
struct SetAddressGeneration {
    Netdev port;
    AddressGeneration from, to;
};
/// No IPv6 of the host's own on the netdev, and none of its addresses and routes.
struct StopIpv6 {
    Netdev port;
    AddressGeneration generation; ///< as it is before, and stays where the kernel lets IPv6 be stopped
};
struct AllowIpv6 {
    Netdev port;
    AddressGeneration generation;
};
struct DropAddress {
    Netdev port;
    Address address;
};
struct AddAddress {
    Netdev port;
    Address address;
};
struct Join {
    Netdev port, master;
};
struct Leave {
    Netdev port, master;
};
/// What the port has afterwards is read back and compared.
struct ChangeVlans {
    Netdev port;
    VlanList from, to;
};

using Step = std::variant<SetUp, SetDown, Rename, SetMac, SetMtu, SetAddressGeneration, StopIpv6, AllowIpv6,
                          DropAddress, AddAddress, Join, Leave, ChangeVlans>;
using Plan = std::vector<Step>;

/// One line for people: what the step does, to which netdev.
std::string describe(const Step& step);

/// The step that takes this one back.
Step reverse(const Step& step);

/// True for a step after which the netdev may have to be looked at again: the kernel knows nothing of IPv6 on a link
/// whose MTU is below IPv6's least (1280, RFC 8200), and starts with the defaults when it grows.
bool brings_something_new(const Step& step);

/// True for a step whose refusal is worth a warning and no more: the port works without it (V27, M3).
bool may_be_refused(const Step& step);

} // namespace vifplug
