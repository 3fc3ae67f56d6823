// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nf_numbers.hpp"

#include "system/nf_tables.hpp"

#include <linux/netfilter/nf_tables.h>

namespace vifplug {

namespace {

bool is_word(const nlattr* attribute, const char* word) {
    return attribute != nullptr && nla_strcmp(attribute, word) == 0;
}

// --- rules -----------------------------------------------------------------------------------------------------------

/// A statement of a rule's program: `meta load iif => reg 1`.
struct Expression {
    const nlattr* name;
    const nlattr* data;
};

std::vector<Expression> expressions_of(const nlmsghdr& rule) {
    std::vector<Expression> all;
    for (const nlattr* element : nf_all_inside(nf_attribute(rule, NFTA_RULE_EXPRESSIONS)))
        all.push_back({nf_inside(element, NFTA_EXPR_NAME), nf_inside(element, NFTA_EXPR_DATA)});
    return all;
}

/// The register into which the expression puts an interface's number; nothing when it does no such thing.
std::optional<std::uint32_t> register_with_number(const Expression& expression) {
    if (is_word(expression.name, "meta")) {
        const std::uint32_t key = nf_number(nf_inside(expression.data, NFTA_META_KEY)).value_or(NFT_META_LEN);
        if (key == NFT_META_IIF || key == NFT_META_OIF || key == NFT_META_SDIF)
            return nf_number(nf_inside(expression.data, NFTA_META_DREG));
    } else if (is_word(expression.name, "fib")) {
        const std::uint32_t flags = nf_number(nf_inside(expression.data, NFTA_FIB_FLAGS)).value_or(0);
        if (nf_number(nf_inside(expression.data, NFTA_FIB_RESULT)) == NFT_FIB_RESULT_OIF &&
            (flags & NFTA_FIB_F_PRESENT) == 0)
            return nf_number(nf_inside(expression.data, NFTA_FIB_DREG));
    }
    return std::nullopt;
}

/// True for `cmp eq` and `cmp neq` of that register with another netdev's number: `iif lo` is what most rulesets begin
/// with.
bool compares_with_another(const Expression& expression, std::uint32_t number_register, IfIndex index) {
    if (!is_word(expression.name, "cmp") || nf_number(nf_inside(expression.data, NFTA_CMP_SREG)) != number_register)
        return false;
    const std::uint32_t op = nf_number(nf_inside(expression.data, NFTA_CMP_OP)).value_or(NFT_CMP_LT);
    const nlattr* value = nf_inside(nf_inside(expression.data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
    // An index is in the host's byte order, as the packet's is.
    return (op == NFT_CMP_EQ || op == NFT_CMP_NEQ) && value != nullptr &&
           nla_len(value) == static_cast<int>(sizeof(std::uint32_t)) &&
           nla_get_u32(value) != static_cast<std::uint32_t>(index.number());
}

bool may_have_number(const nlmsghdr& rule, IfIndex index) {
    const auto expressions = expressions_of(rule);
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        if (is_word(expressions[i].name, "dup") || is_word(expressions[i].name, "fwd"))
            return true;
        const auto number_register = register_with_number(expressions[i]);
        if (number_register &&
            (i + 1 == expressions.size() || !compares_with_another(expressions[i + 1], *number_register, index)))
            return true;
    }
    return false;
}

// --- sets ------------------------------------------------------------------------------------------------------------

/// nft describes a set's type in six bits per part of a concatenation; 20 is iface_index. The kernel only stores it.
bool has_iface_index(std::optional<std::uint32_t> type) {
    constexpr std::uint32_t iface_index = 20;
    constexpr std::uint32_t part_mask = 0x3F;
    constexpr unsigned part_bits = 6;
    for (std::uint32_t rest = type.value_or(0); rest != 0; rest >>= part_bits)
        if ((rest & part_mask) == iface_index)
            return true;
    return false;
}

/// Anonymous sets are left to the rules that they are part of.
bool may_hold_numbers(const nlmsghdr& set) {
    if ((nf_number(nf_attribute(set, NFTA_SET_FLAGS)).value_or(0) & NFT_SET_ANONYMOUS) != 0)
        return false;
    const auto data_type = nf_number(nf_attribute(set, NFTA_SET_DATA_TYPE));
    constexpr std::uint32_t verdict = 0xFFFFFF00; // NFT_DATA_VERDICT
    return has_iface_index(nf_number(nf_attribute(set, NFTA_SET_KEY_TYPE))) ||
           (data_type != verdict && has_iface_index(data_type));
}

} // namespace

bool may_have_numbers(NetlinkSocket& socket, IfIndex index) {
    bool any = false;
    const auto start_over = [&] { any = false; };
    dump_nf_tables(socket, NFT_MSG_GETSET, "list the nft sets", start_over,
                   [&](const nlmsghdr& set) { any = any || may_hold_numbers(set); });
    if (any)
        return true;
    dump_nf_tables(socket, NFT_MSG_GETRULE, "list the nft rules", start_over,
                   [&](const nlmsghdr& rule) { any = any || may_have_number(rule, index); });
    return any;
}

} // namespace vifplug
