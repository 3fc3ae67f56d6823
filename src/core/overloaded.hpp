// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace vifplug {

/// One lambda per alternative for std::visit; leaving an alternative out does not compile.
template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

} // namespace vifplug
