// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// Which vifs are ours to place, by the `script` of their backend: what it names is what would place them otherwise.
class VifScripts {
  public:
    /// `scripts`: whole paths, or names of a file in `script_directory` as libxl takes them.
    VifScripts(const std::vector<std::string>& scripts, std::string script_directory);

    /// Words behind the program do not count (X8). No script at all is nobody's.
    bool are_ours(const std::optional<std::string>& script) const;

    /// The program that a `script` names.
    std::string program(const std::string& script) const;

  private:
    std::vector<std::string> paths_;
    std::string script_directory_;
};

/// What there is to do for a vif.
enum class Duty {
    nothing, ///< not now: it is being set up, or its guest closes it for a while
    pass,    ///< never: its script is somebody else's
    place,
    detach,
    remove ///< detach it, and remove its backend, which nobody else does in a driver domain (contract 4.6)
};

/// The nodes of a backend that say what is to be done.
struct BackendState {
    std::optional<std::string> state; ///< a XenbusState, "1" to "8" (xen/io/xenbus.h)
    std::optional<std::string> online;
    std::optional<std::string> script;
};

enum class Residence { dom0, driver_domain };

/// Garbage in a node is as good as no node: then there is nothing to do.
Duty duty_of(const BackendState& backend, const VifScripts& scripts, Residence residence);

} // namespace vifplug
