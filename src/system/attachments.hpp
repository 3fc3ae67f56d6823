// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/step.hpp"

#include <string>
#include <vector>

namespace vifplug {

/// What hangs on a NIC by its number, and so stays with it when another netdev gets its name: for a dry run, one short
/// sentence each, never the same twice. Sockets that are bound to it, with their program; tc's queueing and filters
/// that somebody set up; XDP programs; DNS servers that systemd-resolved has for it.
///
/// Never throws: what could not be looked for is a sentence, too. BPF programs by tcx or in sockets are not seen.
std::vector<std::string> attachments_of(const Netdev& nic);

} // namespace vifplug
