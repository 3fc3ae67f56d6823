// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/kept_vif.hpp"

namespace vifplug {

std::string name_of(KeptVif::Phase phase) {
    switch (phase) {
    case KeptVif::Phase::not_ours:
        return "not ours";
    case KeptVif::Phase::idle:
        return "idle";
    case KeptVif::Phase::waiting:
        return "waiting";
    case KeptVif::Phase::placed:
        return "placed";
    case KeptVif::Phase::failed:
        return "failed";
    case KeptVif::Phase::detached:
        return "detached";
    }
    return "";
}

} // namespace vifplug
