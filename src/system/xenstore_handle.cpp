// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/xenstore_handle.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

extern "C" { // the header does not say so itself
#include <xenstore.h>
}

namespace vifplug {

namespace {

/// The number that the next descriptor will have (POSIX: the lowest one free).
int next_descriptor() {
    const int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (next >= 0)
        close(next);
    return next;
}

} // namespace

void XenstoreHandle::Close::operator()(xs_handle* handle) const noexcept {
    xs_close(handle);
}

XenstoreHandle open_xenstore(unsigned long flags) {
    XenstoreHandle opened;
    opened.descriptor = next_descriptor();
    opened.handle.reset(xs_open(flags));
    return opened;
}

} // namespace vifplug
