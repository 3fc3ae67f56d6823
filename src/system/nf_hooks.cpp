// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nf_hooks.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/nf_tables.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

namespace vifplug {

namespace {

using Kind = FilterBinding::Kind;

std::string family_of(const nlmsghdr& message) {
    switch (static_cast<const nfgenmsg*>(nlmsg_data(&message))->nfgen_family) {
    case NFPROTO_INET:
        return "inet";
    case NFPROTO_IPV4:
        return "ip";
    case NFPROTO_ARP:
        return "arp";
    case NFPROTO_NETDEV:
        return "netdev";
    case NFPROTO_BRIDGE:
        return "bridge";
    case NFPROTO_IPV6:
        return "ip6";
    default:
        return "unknown";
    }
}

bool lists(const nlattr* devices, const std::string& netdev) {
    for (const nlattr* device : nf_all_inside(devices))
        if (nf_string(device) == netdev)
            return true;
    return false;
}

std::optional<FilterBinding> chain_on(const std::string& netdev, const nlmsghdr& chain) {
    const nlattr* hook = nf_attribute(chain, NFTA_CHAIN_HOOK);
    const nlattr* device = nf_inside(hook, NFTA_HOOK_DEV);
    if ((device == nullptr || nf_string(device) != netdev) && !lists(nf_inside(hook, NFTA_HOOK_DEVS), netdev))
        return std::nullopt;
    return FilterBinding{.kind = Kind::chain,
                         .family = family_of(chain),
                         .table = nf_string(nf_attribute(chain, NFTA_CHAIN_TABLE)),
                         .name = nf_string(nf_attribute(chain, NFTA_CHAIN_NAME)),
                         .handle = 0,
                         .text = ""};
}

std::optional<FilterBinding> flowtable_on(const std::string& netdev, const nlmsghdr& flowtable) {
    if (!lists(nf_inside(nf_attribute(flowtable, NFTA_FLOWTABLE_HOOK), NFTA_FLOWTABLE_HOOK_DEVS), netdev))
        return std::nullopt;
    return FilterBinding{.kind = Kind::flowtable,
                         .family = family_of(flowtable),
                         .table = nf_string(nf_attribute(flowtable, NFTA_FLOWTABLE_TABLE)),
                         .name = nf_string(nf_attribute(flowtable, NFTA_FLOWTABLE_NAME)),
                         .handle = 0,
                         .text = ""};
}

using ReadHook = std::optional<FilterBinding> (*)(const std::string&, const nlmsghdr&);

void add_hooks(std::vector<FilterBinding>& hooks, NetlinkSocket& socket, int get, const std::string& tried,
               ReadHook read, const std::string& netdev) {
    const std::size_t before = hooks.size();
    dump_nf_tables(
        socket, get, tried, [&] { hooks.resize(before); },
        [&](const nlmsghdr& message) {
            if (auto hook = read(netdev, message))
                hooks.push_back(std::move(*hook));
        });
}

} // namespace

std::vector<FilterBinding> hooks_on(NetlinkSocket& socket, const std::string& netdev) {
    std::vector<FilterBinding> hooks;
    add_hooks(hooks, socket, NFT_MSG_GETCHAIN, "list the nft chains", chain_on, netdev);
    try {
        add_hooks(hooks, socket, NFT_MSG_GETFLOWTABLE, "list the nft flowtables", flowtable_on, netdev);
    } catch (const Error& error) {
        // Kernels before 4.16 have no flowtables and do not know the question.
        if (error.code() != std::errc::invalid_argument)
            throw;
    }
    return hooks;
}

bool hooks_belong_to_names(std::string_view release) {
    const std::size_t dot = release.find('.');
    if (dot == std::string_view::npos)
        return false;
    const std::string_view after = release.substr(dot + 1);
    const auto major = parse_decimal(release.substr(0, dot));
    const auto minor = parse_decimal(after.substr(0, after.find_first_not_of("0123456789")));
    return major && minor && (*major > 6 || (*major == 6 && *minor >= 16));
}

} // namespace vifplug
