// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/forward_policy.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/nf_tables.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sys/socket.h>
#include <vector>

namespace vifplug {

namespace {

bool bridged_frames_are_filtered(const std::string& bridge) {
    const std::string of_all = read_small_file("/proc/sys/net/bridge/bridge-nf-call-iptables");
    if (of_all.empty()) // no br_netfilter
        return false;
    return of_all.starts_with("1") ||
           read_small_file("/sys/class/net/" + bridge + "/bridge/nf_call_iptables").starts_with("1");
}

/// The verdict of the chain's last rule, which is how the legacy tables keep a policy.
bool legacy_policy_drops() {
    // Asking for a table makes the kernel create it, so only one that is there already is asked for.
    const std::string names = read_small_file("/proc/net/ip_tables_names");
    const auto tables = words(names);
    const bool has_filter = std::find(tables.begin(), tables.end(), "filter") != tables.end();
    const UniqueFd socket_fd(has_filter ? socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW) : -1);
    if (!socket_fd)
        return false;

    ipt_getinfo info{};
    std::strcpy(info.name, "filter");
    socklen_t length = sizeof info;
    if (getsockopt(socket_fd.get(), SOL_IP, IPT_SO_GET_INFO, &info, &length) != 0)
        return false;
    std::vector<char> buffer(sizeof(ipt_get_entries) + info.size);
    ipt_get_entries request{};
    std::strcpy(request.name, "filter");
    request.size = info.size;
    std::memcpy(buffer.data(), &request, sizeof request);
    length = static_cast<socklen_t>(buffer.size());
    if (getsockopt(socket_fd.get(), SOL_IP, IPT_SO_GET_ENTRIES, buffer.data(), &length) != 0)
        return false;

    const std::size_t entry_at = offsetof(ipt_get_entries, entrytable) + info.underflow[NF_INET_FORWARD];
    ipt_entry entry{};
    xt_standard_target policy{};
    if (entry_at + sizeof entry > buffer.size())
        return false;
    std::memcpy(&entry, buffer.data() + entry_at, sizeof entry);
    if (entry_at + entry.target_offset + sizeof policy > buffer.size())
        return false;
    std::memcpy(&policy, buffer.data() + entry_at + entry.target_offset, sizeof policy);
    return policy.verdict == -NF_DROP - 1;
}

/// The chain that an nf_tables chain message describes, where it is one that forwarded IPv4 packets meet and whose
/// policy is drop.
std::optional<std::string> dropping_chain(const nlmsghdr& message) {
    const auto& header = *static_cast<const nfgenmsg*>(nlmsg_data(&message));
    if (header.nfgen_family != NFPROTO_IPV4 && header.nfgen_family != NFPROTO_INET)
        return std::nullopt;
    std::array<nlattr*, NFTA_CHAIN_MAX + 1> chain{};
    if (nlmsg_parse(const_cast<nlmsghdr*>(&message), sizeof(nfgenmsg), chain.data(), NFTA_CHAIN_MAX, nullptr) < 0 ||
        chain[NFTA_CHAIN_HOOK] == nullptr || chain[NFTA_CHAIN_POLICY] == nullptr ||
        chain[NFTA_CHAIN_TABLE] == nullptr || chain[NFTA_CHAIN_NAME] == nullptr)
        return std::nullopt;
    const nlattr* hook = nla_find(static_cast<const nlattr*>(nla_data(chain[NFTA_CHAIN_HOOK])),
                                  nla_len(chain[NFTA_CHAIN_HOOK]), NFTA_HOOK_HOOKNUM);
    if (hook == nullptr || be32toh(nla_get_u32(hook)) != NF_INET_FORWARD ||
        be32toh(nla_get_u32(chain[NFTA_CHAIN_POLICY])) != NF_DROP)
        return std::nullopt;
    return std::string("nft chain ") + (header.nfgen_family == NFPROTO_INET ? "inet " : "ip ") +
           printable(nla_get_string(chain[NFTA_CHAIN_TABLE])) + " " + printable(nla_get_string(chain[NFTA_CHAIN_NAME]));
}

std::optional<std::string> dropping_nft_chain() {
    if (!nf_tables_may_be_there()) // a question would load it
        return std::nullopt;
    NetlinkSocket socket(NETLINK_NETFILTER);
    std::optional<std::string> found;
    dump_nf_tables(
        socket, NFT_MSG_GETCHAIN, "list the nft chains", [&] { found.reset(); },
        [&](const nlmsghdr& message) {
            if (!found)
                found = dropping_chain(message);
        });
    return found;
}

} // namespace

std::optional<std::string> dropping_forward_chain(const std::string& bridge) {
    if (!bridged_frames_are_filtered(bridge))
        return std::nullopt;
    if (legacy_policy_drops())
        return "iptables FORWARD";
    try {
        return dropping_nft_chain();
    } catch (const Error&) {
        return std::nullopt; // a hint to the admin, not worth failing a guest for
    }
}

} // namespace vifplug
