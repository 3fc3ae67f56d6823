// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/multicast_addresses.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace vifplug {

namespace {

std::optional<Mac> parse_mac(std::string_view digits) {
    Mac mac;
    if (digits.size() != mac.bytes.size() * 2)
        return std::nullopt;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const std::string pair(digits.substr(i * 2, 2));
        char* end = nullptr;
        const unsigned long value = std::strtoul(pair.c_str(), &end, 16);
        if (end != pair.c_str() + 2)
            return std::nullopt;
        mac.bytes[i] = static_cast<std::uint8_t>(value);
    }
    return mac;
}

void change(unsigned long request, const std::string& netdev, const Mac& mac, int tolerated, const std::string& tried) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq wanted{};
    netdev.copy(wanted.ifr_name, IFNAMSIZ - 1);
    std::memcpy(wanted.ifr_hwaddr.sa_data, mac.bytes.data(), mac.bytes.size());
    if (!socket || (ioctl(socket.get(), request, &wanted) < 0 && errno != tolerated))
        throw Error(tried + " multicast address " + mac.str() + " of " + printable(netdev), system_code(errno));
}

} // namespace

std::map<int, std::vector<Mac>> parse_multicast_addresses(std::string_view text) {
    std::map<int, std::vector<Mac>> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto fields = words(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        constexpr std::size_t columns = 5; // number, name, uses, uses set by hand, address
        if (fields.size() != columns || fields[3] == "0")
            continue;
        const auto index = parse_decimal(fields[0]);
        const auto mac = parse_mac(fields[4]);
        if (index && mac)
            found[static_cast<int>(*index)].push_back(*mac);
    }
    return found;
}

std::map<int, std::vector<Mac>> multicast_addresses() {
    return parse_multicast_addresses(read_whole_file("/proc/net/dev_mcast"));
}

void add_multicast_address(const std::string& netdev, const Mac& mac) {
    change(SIOCADDMULTI, netdev, mac, EEXIST, "set");
}

void remove_multicast_address(const std::string& netdev, const Mac& mac) {
    change(SIOCDELMULTI, netdev, mac, ENOENT, "remove");
}

} // namespace vifplug
