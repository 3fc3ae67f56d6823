// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/host_requests.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <ctime>
#include <new>
#include <sys/socket.h>

namespace vifplug {

std::uint64_t seconds_since_boot() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

ifinfomsg link_header(int index) {
    ifinfomsg header{};
    header.ifi_index = index;
    return header;
}

NetlinkMessage request(int type, int flags, const Bytes& payload) {
    NetlinkMessage message(nlmsg_alloc_size(NLMSG_HDRLEN + payload.size() + NLMSG_ALIGNTO));
    Bytes copy = payload;
    if (!message || nlmsg_put(message.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) == nullptr ||
        nlmsg_append(message.get(), copy.data(), copy.size(), NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

namespace {

bool is_ipv6(const Bytes& message) {
    return !message.empty() && message.front() == AF_INET6;
}

} // namespace

NetlinkMessage new_route(const Bytes& route) {
    return request(RTM_NEWROUTE, NLM_F_CREATE | (is_ipv6(route) ? 0 : NLM_F_APPEND), route);
}

void make_all(NetlinkSocket& socket, std::vector<Change> changes, const std::string& tried,
              std::initializer_list<int> tolerated, std::string* complaint) {
    std::vector<NetlinkMessage> messages;
    messages.reserve(changes.size());
    for (Change& change : changes)
        messages.push_back(std::move(change.message));
    for (const auto& refused : socket.change_all(std::move(messages), tried)) {
        const bool expected = std::any_of(tolerated.begin(), tolerated.end(),
                                          [&](int code) { return refused.code == system_code(code); });
        if (!expected && complaint != nullptr && complaint->empty())
            *complaint =
                changes[refused.which].text + ": " + (refused.detail.empty() ? refused.code.message() : refused.detail);
    }
}

} // namespace vifplug
