// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "app/event_log.hpp"
#include "app/machine.hpp"
#include "fake/fake_links.hpp"
#include "fake/fake_store.hpp"
#include "system/run_directory.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace vifplug::test {

/// A machine of fakes with guest 7's vif7.0 and the bridge xenbr0. Only the run directory is a real one, in the
/// sandbox; and so are the hooks, of which there are none.
class FlowWorld : public testing::Test {
  protected:
    FlowWorld() {
        links.add("xenbr0", "bridge");
        links.add("vif7.0", "veth");
        store.write("backend/vif/7/0/bridge", "xenbr0");
        store.write("backend/vif/7/0/hotplug-status", "");
        store.write("/local/domain/7/device/vif/0/state", "1");
    }

    ~FlowWorld() override { std::filesystem::remove_all(rundir); }

    static HotplugCall call(Verb verb) {
        return {.verb = verb,
                .kind = PortKind::vif,
                .backend = BackendPath::parse("backend/vif/7/0"),
                .port = "vif7.0",
                .bridge = std::nullopt,
                .ip = std::nullopt,
                .assignments = {}};
    }

    Machine machine() { return {links, store, run, deadline, log, vlan_records, known_uplinks}; }

    FakeLinks links;
    FakeStore store;
    const std::string rundir = "/run/vifplug-flow"; // the sandbox's /run
    RunDirectory run{rundir};
    VlanRecords vlan_records{rundir};
    KnownUplinks uplinks;
    const std::function<KnownUplinks()> known_uplinks = [this] { return uplinks; };
    Deadline deadline{std::chrono::seconds(20)};
    EventLog log{"flow-test"};
};

} // namespace vifplug::test
