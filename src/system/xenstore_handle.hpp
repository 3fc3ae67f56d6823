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

    std::unique_ptr<xs_handle, Close> handle;
    int descriptor = -1;
};

/// Connects to the daemon's socket (XENSTORED_PATH and XENSTORED_RUNDIR move it), else to the kernel's device where
/// that is the way (may_use_device()). Behind the device there may be nobody, so it has to answer a first question
/// within a second. Throws Error.
XenstoreHandle open_xenstore();

} // namespace vifplug
