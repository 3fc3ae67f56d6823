// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/if_name.hpp"
#include "core/link.hpp"
#include "core/vif_id.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

/// What we wrote down about a netdev when we gave it another name.
struct PortRecord {
    IfIndex index;
    std::string name; ///< the name it was given

    friend bool operator==(const PortRecord&, const PortRecord&) = default;
};

/// The record as a line of text. `network_namespace` says where the index means something.
std::string format_record(const PortRecord& record, const std::string& network_namespace);

/// Reads such a line. Nothing when it is of another network namespace, was cut short, or is no record: as good as none.
std::optional<PortRecord> parse_record(std::string_view text, std::string_view network_namespace);

/// Whether the netdev says itself whose it is, so that no record is needed.
bool identifies_itself(const Link& link);

/// Whether the netdev is this vif's. A netback device says so itself (parentdev "vif-7-0" on the bus xen-backend) and
/// is nobody else's whatever it is called. Any other netdev is the vif's under its canonical name, or under the name
/// we gave it, which `record` proves. A name alone proves nothing: the vifname of one guest may be another's (N4).
bool belongs_to(const Link& link, VifId id, PortKind kind, const std::optional<PortRecord>& record);

/// The names to look for the vif's netdev under, likeliest first, each once: the canonical name, what the caller calls
/// it (which may be the old tapN.M, or the new name after a rename), the configured name, the recorded one.
std::vector<std::string> names_to_look_for(VifId id, PortKind kind, const std::string& callers_name,
                                           const std::optional<IfName>& configured,
                                           const std::optional<PortRecord>& record);

} // namespace vifplug
