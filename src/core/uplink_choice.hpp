// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/uplink.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vifplug {

/// What a netdev of ours is called until the NIC has left its name, if nobody else is called so.
inline constexpr const char* transient_name = "vifplug";

/// What there is to choose from.
struct UplinkSurroundings {
    std::vector<HostLink> links;
    std::optional<IfIndex> default_route; ///< the netdev of the preferred default route
    std::vector<Uplink> set_up;           ///< those on record
    std::vector<Uplink> planned;          ///< chosen in the same call: their names are spoken for
};

/// The uplink is on record already.
struct AlreadySetUp {
    Uplink uplink;
    std::optional<std::string> remark; ///< on what the configuration says otherwise by now, a sentence
};
/// The NIC is on a bridge that is not ours to arrange, or is one: guests can use it as it is.
struct BridgedAlready {
    std::string sentence;
    std::optional<std::string> remark; ///< on what was asked for and is passed over, a sentence
};
struct ChosenUplink {
    Uplink uplink;
    std::vector<std::string> remarks; ///< names that are not what one would expect, a sentence each
};
using UplinkChoice = std::variant<ChosenUplink, AlreadySetUp, BridgedAlready>;

/// Chooses names for a request, from what is free. Refuses, with BadInput, a NIC that is not there, that cannot be
/// bridged or that something sits on which would be cut off; names that were asked for and are somebody else's; and a
/// request that contradicts what is on record for the NIC. What the configuration file has come to say of VLANs
/// contradicts nothing, since others may be started by the same file: it is remarked on.
UplinkChoice choose_uplink(const UplinkRequest& request, const UplinkSurroundings& around);

/// The uplinks on record that a request means: by NIC (either name, or an altname), bridge or number; the one behind
/// the default route, or the only one, where nothing was said. Refuses, with BadInput, a request that could mean
/// several.
std::vector<Uplink> find_uplinks(const UplinkRequest& request, const UplinkSurroundings& around);

/// `wanted` if nobody has it, else the first free name made from it: shortened and numbered to fit 15 bytes.
std::string free_name(const std::string& wanted, const std::vector<HostLink>& links,
                      const std::vector<std::string>& spoken_for = {});

} // namespace vifplug
