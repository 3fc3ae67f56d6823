// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nf_tables.hpp"

#include "core/error.hpp"
#include "system/small_file.hpp"

#include <cstring>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <utility>

namespace vifplug {

namespace {

bool has_tables(NetlinkSocket& socket) {
    bool any = false;
    dump_nf_tables(
        socket, NFT_MSG_GETTABLE, "list the nft tables", [&] { any = false; }, [&](const nlmsghdr&) { any = true; });
    return any;
}

/// True for how a kernel without nfnetlink, or without nf_tables, says so.
bool says_there_is_none(const Error& error) {
    return error.code() == std::errc::invalid_argument || error.code() == std::errc::protocol_not_supported ||
           error.code() == std::errc::operation_not_supported;
}

} // namespace

bool nf_tables_may_be_there() {
    // A kernel without modules has it built in, or refuses the question.
    const std::string modules = read_small_file("/proc/modules");
    return modules.empty() || modules.starts_with("nf_tables ") || modules.find("\nnf_tables ") != std::string::npos;
}

std::unique_ptr<NetlinkSocket> socket_to_nf_tables() {
    if (!nf_tables_may_be_there())
        return nullptr;
    try {
        auto socket = std::make_unique<NetlinkSocket>(NETLINK_NETFILTER);
        return has_tables(*socket) ? std::move(socket) : nullptr;
    } catch (const Error& error) {
        if (!says_there_is_none(error))
            throw;
        return nullptr;
    }
}

void dump_nf_tables(NetlinkSocket& socket, int get, const std::string& tried, const std::function<void()>& start_over,
                    const NetlinkSocket::OnMessage& on_message) {
    const auto question = [get] {
        nfgenmsg header{};
        header.nfgen_family = NFPROTO_UNSPEC;
        header.version = NFNETLINK_V0;
        return make_request((NFNL_SUBSYS_NFTABLES << 8) | get, NLM_F_DUMP, header);
    };
    socket.dump(question, tried, start_over, on_message);
}

const nlattr* nf_attribute(const nlmsghdr& message, int type) {
    return nlmsg_find_attr(const_cast<nlmsghdr*>(&message), sizeof(nfgenmsg), type);
}

const nlattr* nf_inside(const nlattr* nest, int type) {
    return nest == nullptr ? nullptr : nla_find(static_cast<const nlattr*>(nla_data(nest)), nla_len(nest), type);
}

std::vector<const nlattr*> nf_all_inside(const nlattr* nest) {
    std::vector<const nlattr*> all;
    if (nest == nullptr)
        return all;
    int remaining = nla_len(nest);
    for (auto* at = static_cast<nlattr*>(nla_data(nest)); nla_ok(at, remaining) != 0; at = nla_next(at, &remaining))
        all.push_back(at);
    return all;
}

std::string nf_string(const nlattr* attribute) {
    if (attribute == nullptr)
        return "";
    const auto* data = static_cast<const char*>(nla_data(attribute));
    return {data, strnlen(data, static_cast<std::size_t>(nla_len(attribute)))};
}

std::optional<std::uint32_t> nf_number(const nlattr* attribute) {
    if (attribute == nullptr || nla_len(attribute) != static_cast<int>(sizeof(std::uint32_t)))
        return std::nullopt;
    return be32toh(nla_get_u32(attribute));
}

} // namespace vifplug
