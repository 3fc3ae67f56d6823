// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/failure_report.hpp"

namespace vifplug {

void write_failure_report(Store& store, const HotplugCall& call, const std::string& reason) {
    const auto status = store.read(call.backend.node("hotplug-status"));
    (void)store.change_below(call.backend.path, failure_report(call.backend, call.kind, reason, status));
}

} // namespace vifplug
