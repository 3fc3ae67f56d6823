// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// What the kernel writes about all that a netdev has for the host, each sort in a file of its own.
#include "system/address_messages.hpp"    // IWYU pragma: export
#include "system/advertised_messages.hpp" // IWYU pragma: export
#include "system/neighbour_messages.hpp"  // IWYU pragma: export
#include "system/nexthop_messages.hpp"    // IWYU pragma: export
#include "system/place.hpp"               // IWYU pragma: export
#include "system/route_messages.hpp"      // IWYU pragma: export
#include "system/rule_messages.hpp"       // IWYU pragma: export
