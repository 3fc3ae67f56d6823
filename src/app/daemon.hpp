// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/daemon_log.hpp"
#include "core/call_words.hpp"

#include <string>

namespace vifplug {

struct DaemonCall {
    std::string configuration; ///< the file
    bool is_named = false;     ///< by --config: it has to be there
    bool once = false;
};

/// Places and keeps all vifs until SIGTERM or SIGINT, or with `once` until each was looked at. Gives the exit status.
/// Throws BadInput and Error when it cannot begin.
int run_daemon(const DaemonCall& call, const Environment& environment, DaemonLog& log);

} // namespace vifplug
