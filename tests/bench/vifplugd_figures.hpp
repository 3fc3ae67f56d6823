// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "many_vifs.hpp"
#include "table.hpp"

#include <string>

namespace vifplug::bench {

struct Daemons {
    std::string floor;
    std::string ours;
    std::string script; ///< empty when it is not to be measured
};

/// How often each is measured.
struct Thoroughness {
    unsigned rounds;      ///< of a storm
    unsigned repairs;     ///< of all ports
    unsigned scripts;     ///< calls of the script
    std::size_t grown_to; ///< where the cost of the last vif is compared with that of the first
};

/// What one vif takes, and that the floor asks what vifplugd asks. For vifs that do not grow later.
Table make_table_of_one(ManyVifs& vifs, const Daemons& daemons);

/// Of all that `vifs` has.
Table make_table_of_many(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how);

/// `vifs` has `how.grown_to` or more.
Table make_table_of_growth(ManyVifs& vifs, const Daemons& daemons, const Thoroughness& how);

} // namespace vifplug::bench
