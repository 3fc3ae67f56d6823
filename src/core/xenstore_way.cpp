// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/xenstore_way.hpp"

#include <algorithm>
#include <charconv>

namespace vifplug {

namespace {

constexpr unsigned long initial_domain = 1UL << 11; ///< XENFEAT_dom0 of xen/features.h

/// The bits as one hexadecimal number. Its lowest ones count: later kernels may know of more than 32.
bool has_initial_domains_feature(const std::string& features) {
    const auto end = features.find_last_of("0123456789abcdef");
    if (end == std::string::npos)
        return false;
    constexpr std::size_t digits = 8;
    const char* const last = features.data() + end + 1;
    unsigned long bits = 0;
    (void)std::from_chars(last - std::min(end + 1, digits), last, bits, 16); // what is no number has no bits
    return (bits & initial_domain) != 0;
}

} // namespace

bool may_use_device(const DomainSigns& signs) {
    const bool is_initial =
        signs.capabilities.find("control_d") != std::string::npos || has_initial_domains_feature(signs.features);
    return !is_initial || signs.store_owner.starts_with("domid:");
}

} // namespace vifplug
