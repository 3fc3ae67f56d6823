// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"
#include "core/hotplug_call.hpp"
#include "core/if_name.hpp"
#include "core/ownership.hpp"
#include "core/placement_bridge.hpp"
#include "system/links.hpp"

#include <optional>

namespace vifplug {

/// The netdev that is the call's vif, under whichever of its names; nothing when there is none. A netdev that cannot be
/// proved to be this vif is passed over, whatever it is called (N4).
std::optional<Link> find_port(const HotplugCall& call, const std::optional<IfName>& configured,
                              const std::optional<PortRecord>& record, Links& links);

/// What the netdev is a port of; nothing when it is on its own.
std::optional<Netdev> find_master(const Link& link, Links& links);

/// What there is to know about a port before it is brought up. Its VLANs only where they matter: that is one more
/// question.
PortNow look_at_port(const Link& link, bool with_vlans, Links& links);

/// There is no such bridge. There may be one in a moment.
class MissingBridge : public BadInput {
  public:
    using BadInput::BadInput;
};

/// The bridge that a configuration means. `wanted` absent: the host's only bridge, else the first by name. Throws
/// MissingBridge when there is none, BadInput when the name is that of something else.
Link find_bridge(const std::optional<IfName>& wanted, Links& links);

/// Throws BadInput when the port shall get a name that another netdev has. (Between this look and the change somebody
/// may take the name; then the kernel refuses it.)
void check_name_is_free(const Link& port, const std::optional<IfName>& configured, Links& links);

} // namespace vifplug
