// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/step.hpp"

#include "core/overloaded.hpp"
#include "core/text.hpp"

namespace vifplug {

namespace {

std::string name(const Netdev& netdev) {
    return printable(netdev.name);
}

} // namespace

std::string describe(const Step& step) {
    return std::visit(
        overloaded{
            [](const SetUp& s) { return "set " + name(s.port) + " up"; },
            [](const SetDown& s) { return "set " + name(s.port) + " down"; },
            [](const Rename& s) { return "rename " + name(s.port) + " to " + printable(s.to); },
            [](const SetMac& s) { return "set the MAC address of " + name(s.port) + " to " + s.to.str(); },
            [](const SetMtu& s) { return "set the MTU of " + name(s.port) + " to " + std::to_string(s.to); },
            [](const SetAddressGeneration& s) {
                return (s.to == AddressGeneration::none ? "stop" : "allow") +
                       (" automatic IPv6 addresses on " + name(s.port));
            },
            [](const StopIpv6& s) { return "stop IPv6 on " + name(s.port); },
            [](const AllowIpv6& s) { return "allow IPv6 on " + name(s.port); },
            [](const DropAddress& s) { return "remove address " + s.address.text + " from " + name(s.port); },
            [](const AddAddress& s) { return "add address " + s.address.text + " to " + name(s.port); },
            [](const Join& s) { return "add " + name(s.port) + " to bridge " + name(s.master); },
            [](const Leave& s) { return "remove " + name(s.port) + " from " + name(s.master); },
            [](const ChangeVlans& s) {
                return "change the VLANs of " + name(s.port) + " from " + s.from.str() + " to " + s.to.str();
            },
        },
        step);
}

Step reverse(const Step& step) {
    return std::visit(overloaded{
                          [](const SetUp& s) -> Step { return SetDown{s.port}; },
                          [](const SetDown& s) -> Step { return SetUp{s.port}; },
                          [](const Rename& s) -> Step {
                              return Rename{{s.port.index, s.to}, s.port.name};
                          },
                          [](const SetMac& s) -> Step {
                              return SetMac{s.port, s.to, s.from};
                          },
                          [](const SetMtu& s) -> Step {
                              return SetMtu{s.port, s.to, s.from};
                          },
                          [](const SetAddressGeneration& s) -> Step {
                              return SetAddressGeneration{s.port, s.to, s.from};
                          },
                          [](const StopIpv6& s) -> Step {
                              return AllowIpv6{s.port, s.generation};
                          },
                          [](const AllowIpv6& s) -> Step {
                              return StopIpv6{s.port, s.generation};
                          },
                          [](const DropAddress& s) -> Step {
                              return AddAddress{s.port, s.address};
                          },
                          [](const AddAddress& s) -> Step {
                              return DropAddress{s.port, s.address};
                          },
                          [](const Join& s) -> Step {
                              return Leave{s.port, s.master};
                          },
                          [](const Leave& s) -> Step {
                              return Join{s.port, s.master};
                          },
                          [](const ChangeVlans& s) -> Step {
                              return ChangeVlans{s.port, s.to, s.from};
                          },
                      },
                      step);
}

bool brings_something_new(const Step& step) {
    constexpr unsigned least_of_ipv6 = 1280;
    const auto* mtu = std::get_if<SetMtu>(&step);
    return mtu != nullptr && mtu->from < least_of_ipv6 && mtu->to >= least_of_ipv6;
}

bool may_be_refused(const Step& step) {
    return std::holds_alternative<SetMac>(step) || std::holds_alternative<SetMtu>(step) ||
           std::holds_alternative<SetAddressGeneration>(step) || std::holds_alternative<StopIpv6>(step);
}

} // namespace vifplug
