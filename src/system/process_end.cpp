// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/process_end.hpp"

#include "core/error.hpp"
#include "system/unique_fd.hpp"

#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace vifplug {

bool ends_in_time(pid_t process, const Deadline& deadline) {
    const UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
    if (!handle && errno == ESRCH)
        return true;
    if (!handle)
        throw Error("watch process " + std::to_string(process), system_code(errno));
    while (!Deadline::has_passed()) {
        pollfd wait{.fd = handle.get(), .events = POLLIN, .revents = 0};
        if (poll(&wait, 1, static_cast<int>(deadline.left().count())) > 0)
            return true;
    }
    return false;
}

} // namespace vifplug
