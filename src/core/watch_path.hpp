// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/vif_id.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vifplug {

/// What a watch on "backend/vif" says by the path it reports: where something may have changed. xenstored reports the
/// watched path itself when the watch is set, and any path below it that was written, made or removed; a removed
/// directory is reported once, and what was in it not (docs/misc/xenstore.txt).
struct Concern {
    enum class Extent { all, domain, vif, nothing };

    Extent extent = Extent::nothing;
    std::optional<DomId> domain = {}; ///< of a domain's extent
    std::optional<VifId> vif = {};    ///< of a vif's
    std::string key = {};             ///< below the vif's directory, "state"; empty for the directory itself

    friend bool operator==(const Concern&, const Concern&) = default;
};

/// Accepts what xenstored reports for the relative path, and any garbage: that is nothing's concern.
Concern concern_of(std::string_view path);

} // namespace vifplug
