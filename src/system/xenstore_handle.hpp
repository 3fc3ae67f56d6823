// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

struct xs_handle;

namespace vifplug {

/// libxenstore's connection, and the descriptor that it does not tell: its xs_fileno() is a pipe that only a library
/// with threads writes to, and the static library has none.
struct XenstoreHandle {
    struct Close {
        void operator()(xs_handle* handle) const noexcept;
    };

    std::unique_ptr<xs_handle, Close> handle; ///< null where there is nobody to connect to; errno says why
    int descriptor = -1;
};

/// `flags` as for xs_open(3).
XenstoreHandle open_xenstore(unsigned long flags);

} // namespace vifplug
