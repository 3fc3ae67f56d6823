// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/if_name.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace vifplug {

namespace {

constexpr std::size_t longest_name = 15; // IFNAMSIZ less the terminating zero

bool is_refused(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || c == '/' || c == ':' || c == '%';
}

} // namespace

IfName IfName::parse(std::string_view thing, std::string_view text) {
    if (text.empty() || text.size() > longest_name)
        throw BadInput(thing, text, "an interface name has 1 to 15 bytes");
    if (text == "." || text == "..")
        throw BadInput(thing, text, "an interface name is neither '.' nor '..'");
    if (std::any_of(text.begin(), text.end(), is_refused))
        throw BadInput(thing, text,
                       "an interface name has no white space, no control character and none of the characters / : %");
    if (text == "all" || text == "default") // net/ipv4/devinet.c: they are directories of its sysctls
        throw BadInput(thing, text, "the kernel gives no interface that name");
    if (!is_utf8(text))
        throw BadInput(thing, text, "an interface name is UTF-8 text");
    return IfName(text);
}

} // namespace vifplug
