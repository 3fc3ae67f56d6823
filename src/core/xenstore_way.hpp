// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace vifplug {

/// Files by which a domain knows what it is, and where xenstored runs; empty where they cannot be read.
struct DomainSigns {
    std::string capabilities; ///< /proc/xen/capabilities, which only a mounted xenfs has
    std::string features;     ///< /sys/hypervisor/properties/features
    std::string store_owner;  ///< the file with xenstored's process, or with its domain (init-xenstore-domain)
};

/// Whether xenstored may be asked by the kernel's device where its socket cannot be connected to. In the initial domain
/// the device is there before xenstored is and while it is away: it takes every question and answers none, and a watch
/// set by it ends with xenstored without a word. So it is no way there, unless xenstored runs in a domain of its own
/// and has no socket. Any other domain has no other way; and so may one that does not say what it is.
bool may_use_device(const DomainSigns& signs);

} // namespace vifplug
