// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/router_advertisements.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <linux/ipv6_route.h>
#include <linux/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

constexpr std::uint32_t of_an_advertisement = RTF_ADDRCONF | RTF_GATEWAY;
constexpr unsigned preference_shift = 27; // RTF_PREF() in linux/ipv6_route.h

std::optional<std::uint32_t> parse_hex(std::string_view digits) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return number;
}

std::optional<Bytes> parse_address(std::string_view digits) {
    Bytes address;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        const auto byte = parse_hex(digits.substr(i, 2));
        if (!byte)
            return std::nullopt;
        address.push_back(static_cast<std::uint8_t>(*byte));
    }
    return address.size() == sizeof(in6_addr) ? std::optional(address) : std::nullopt;
}

} // namespace

std::map<std::string, std::vector<AdvertisedRoute>> parse_advertised_routes(std::string_view text) {
    std::map<std::string, std::vector<AdvertisedRoute>> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto fields = words(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        // destination, its length, source, its length, gateway, metric, references, uses, flags, netdev
        constexpr std::size_t columns = 10;
        if (fields.size() != columns)
            continue;
        const auto destination = parse_address(fields[0]);
        const auto length = parse_hex(fields[1]);
        const auto gateway = parse_address(fields[4]);
        const auto metric = parse_hex(fields[5]);
        const auto flags = parse_hex(fields[8]);
        if (destination && length && gateway && metric && flags &&
            (*flags & of_an_advertisement) == of_an_advertisement)
            found[std::string(fields[9])].push_back({*destination, *length, *gateway, *metric});
    }
    return found;
}

std::map<std::string, std::vector<AdvertisedRoute>> advertised_routes() {
    return parse_advertised_routes(read_whole_file("/proc/net/ipv6_route"));
}

void add_advertised_route(const Entry& route, int netdev, std::uint64_t elapsed) {
    constexpr unsigned long user_hz = 100;
    const AdvertisedRoute advertised = as_advertised(route.message);
    const AdvertisedLife life = advertised_life(route.message, elapsed);
    in6_rtmsg wanted{};
    std::memcpy(&wanted.rtmsg_dst, advertised.destination.data(), sizeof wanted.rtmsg_dst);
    wanted.rtmsg_dst_len = static_cast<std::uint16_t>(advertised.prefix_length);
    std::memcpy(&wanted.rtmsg_gateway, advertised.gateway.data(),
                std::min(advertised.gateway.size(), sizeof wanted.rtmsg_gateway));
    wanted.rtmsg_metric = advertised.metric;
    wanted.rtmsg_info = life.seconds * user_hz;
    wanted.rtmsg_flags = RTF_UP | of_an_advertisement | RTF_EXPIRES |
                         (advertised.prefix_length == 0 ? RTF_DEFAULT : RTF_ROUTEINFO) |
                         static_cast<std::uint32_t>(life.preference) << preference_shift;
    wanted.rtmsg_ifindex = netdev;
    const UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || (ioctl(socket.get(), SIOCADDRT, &wanted) < 0 && errno != EEXIST))
        throw Error("make " + route.text, system_code(errno));
}

} // namespace vifplug
