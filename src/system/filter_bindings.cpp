// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/filter_bindings.hpp"

#include "core/error.hpp"
#include "system/nf_hooks.hpp"
#include "system/nf_numbers.hpp"
#include "system/nf_tables.hpp"
#include "system/nft_listing.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <nftables/libnftables.h>
#include <string>
#include <sys/utsname.h>

namespace vifplug {

namespace {

/// `nft list ruleset`. libnftables ends the process when it gets no netlink socket; who calls has had one already.
std::string list_ruleset(unsigned flags) {
    const std::unique_ptr<nft_ctx, Call<nft_ctx_free>> nft(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!nft || nft_ctx_buffer_output(nft.get()) != 0 || nft_ctx_buffer_error(nft.get()) != 0)
        throw std::bad_alloc();
    nft_ctx_output_set_flags(nft.get(), flags | NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
    errno = 0;
    if (nft_run_cmd_from_buffer(nft.get(), "list ruleset") != 0)
        throw Error("list the nft rules", system_code(errno != 0 ? errno : EIO), nft_ctx_get_error_buffer(nft.get()));
    return nft_ctx_get_output_buffer(nft.get());
}

bool hooks_follow_a_rename() {
    utsname system{};
    (void)uname(&system); // fails only for a bad pointer
    return !hooks_belong_to_names(static_cast<const char*>(system.release));
}

void add_texts(std::vector<FilterBinding>& bindings) {
    if (bindings.empty())
        return;
    const std::string listing = list_ruleset(0);
    for (FilterBinding& binding : bindings)
        if (binding.kind == FilterBinding::Kind::rule)
            binding.text = rule_text(listing, binding);
}

} // namespace

std::vector<FilterBinding> filter_bindings(const Netdev& netdev) {
    std::vector<FilterBinding> bindings;
    const auto socket = socket_to_nf_tables();
    if (!socket)
        return bindings;
    if (may_have_numbers(*socket, netdev.index)) {
        bindings = numbered_netdevs(list_ruleset(NFT_CTX_OUTPUT_JSON), netdev.name);
        add_texts(bindings);
    }
    if (hooks_follow_a_rename()) {
        const auto hooks = hooks_on(*socket, netdev.name);
        bindings.insert(bindings.end(), hooks.begin(), hooks.end());
    }
    return bindings;
}

} // namespace vifplug
