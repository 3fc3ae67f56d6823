// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"

#include <sys/types.h>

namespace vifplug {

/// True when the process has ended within the deadline, or is not there. (Boost.Process 1.74 waits with a time limit
/// by forking.) Throws Error.
bool ends_in_time(pid_t process, const Deadline& deadline);

} // namespace vifplug
