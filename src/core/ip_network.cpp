// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/ip_network.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

// The one header of src/core that is not the C++ standard library's: two pure functions from text to bytes and back.
#include <arpa/inet.h>

namespace vifplug {

namespace {

int family_number(IpFamily family) {
    return family == IpFamily::v4 ? AF_INET : AF_INET6;
}

} // namespace

IpNetwork IpNetwork::parse(std::string_view text) {
    constexpr std::string_view rule = "an IPv4 or IPv6 address, with or without /LENGTH";
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    IpNetwork network;
    network.family_ = address.find(':') == std::string::npos ? IpFamily::v4 : IpFamily::v6;
    const unsigned longest = network.family_ == IpFamily::v4 ? 32 : 128;
    // A zero byte would end the text early for inet_pton.
    if (address.find('\0') != std::string::npos ||
        inet_pton(family_number(network.family_), address.c_str(), network.bytes_.data()) != 1)
        throw BadInput("ip", text, rule);
    network.prefix_length_ = longest;
    if (slash != std::string_view::npos) {
        const auto length = parse_decimal(text.substr(slash + 1));
        if (!length || *length > longest)
            throw BadInput("ip", text, rule);
        network.prefix_length_ = *length;
    }
    return network;
}

std::string IpNetwork::str() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(family_number(family_), bytes_.data(), text.data(), text.size());
    return std::string(text.data()) + "/" + std::to_string(prefix_length_);
}

} // namespace vifplug
