// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/daemon_world.hpp"

#include <csignal>

namespace vifplug::test {

Variables DaemonWorld::environment() const {
    return {{"XENSTORED_RUNDIR", xenstored_.rundir()}, {"VIFPLUG_RUNDIR", rundir}, {"VIFPLUG_CONFIG", configuration}};
}

void DaemonWorld::start() {
    daemon_.emplace(Words{program("../../sbin/vifplugd")}, environment());
    ASSERT_TRUE(eventually([&] { return said().find("looks after") != std::string::npos; })) << said();
}

Result DaemonWorld::stop(int signal) {
    kill(daemon_->pid(), signal);
    return daemon_->wait();
}

Result DaemonWorld::stop() {
    return stop(SIGTERM);
}

bool DaemonWorld::is_placed(const std::string& netdev, const std::string& bridge, unsigned mtu) const {
    const auto port = see(netdev);
    return port && port->up && port->master == bridge && port->mtu == mtu && port->mac == "fe:ff:ff:ff:ff:ff";
}

std::string DaemonWorld::backend_of(int domid, int devid) const {
    return "/local/domain/0/backend/vif/" + std::to_string(domid) + "/" + std::to_string(devid);
}

bool DaemonWorld::is_connected(int domid, int devid) const {
    return read(backend_of(domid, devid) + "/hotplug-status") == "connected";
}

Result DaemonWorld::vifplug(const Words& words) const {
    Words command{program("../../bin/vifplug")};
    command.insert(command.end(), words.begin(), words.end());
    return run(command, environment());
}

nlohmann::json DaemonWorld::status(const std::string& vif) const {
    const Result result = vif.empty() ? vifplug({"status", "--json"}) : vifplug({"status", vif, "--json"});
    EXPECT_EQ(result.err, "");
    return nlohmann::json::parse(result.out);
}

std::string DaemonWorld::phase(const std::string& vif) const {
    const auto all = status();
    for (const auto& each : all.at("vifs"))
        if (each.at("vif") == vif)
            return each.at("phase");
    return "";
}

} // namespace vifplug::test
