// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/vif_world.hpp"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace vifplug::test {

namespace {

std::string number(int n) {
    return std::to_string(n);
}

Seen from_json(const nlohmann::json& link) {
    Seen seen;
    for (const auto& flag : link.at("flags"))
        seen.up = seen.up || flag == "UP";
    seen.master = link.value("master", "");
    seen.mac = link.value("address", "");
    seen.mtu = link.at("mtu");
    for (const auto& address : link.at("addr_info"))
        seen.addresses.push_back(address.value("local", "?") + "/" + std::to_string(address.value("prefixlen", -1)));
    return seen;
}

bool has_ipv6(const std::string& netdev) {
    std::string off;
    std::ifstream("/proc/sys/net/ipv6/conf/" + netdev + "/disable_ipv6") >> off;
    return off == "0";
}

} // namespace

VifWorld::VifWorld() : xenstored_("/run/store") {
    ip("link set dev lo up");
    ip("link add name xenbr0 address 02:00:00:00:00:10 type bridge");
    ip("link set dev xenbr0 up");
    make_vif(1, 0);
}

void VifWorld::ip(const std::string& words) const {
    must(split("ip " + words));
}

void VifWorld::make_netdev(const std::string& name, const std::string& peer) const {
    ip("link add name " + name + " address fe:ff:ff:ff:ff:ff type veth peer name " + peer);
    ip("link set dev " + peer + " up");
}

void VifWorld::make_vif(int domid, int devid, const std::string& bridge) {
    make_netdev("vif" + number(domid) + "." + number(devid), "guest" + number(domid) + "." + number(devid));
    write_vif(domid, devid, bridge);
}

Words VifWorld::nodes_of_vif(int domid, int devid, const std::string& bridge) {
    const std::string id = number(domid) + "/" + number(devid);
    const std::string be = "/local/domain/0/backend/vif/" + id;
    const std::string fe = "/local/domain/" + number(domid) + "/device/vif/" + number(devid);
    return {be + "/frontend",
            fe,
            be + "/frontend-id",
            number(domid),
            be + "/online",
            "1",
            be + "/state",
            "2",
            be + "/script",
            "/etc/xen/scripts/vif-bridge",
            be + "/mac",
            "00:16:3e:00:00:01",
            be + "/bridge",
            bridge,
            be + "/handle",
            number(devid),
            be + "/type",
            "vif",
            be + "/hotplug-status",
            "",
            fe + "/backend",
            be,
            fe + "/backend-id",
            "0",
            fe + "/state",
            "1",
            fe + "/handle",
            number(devid),
            fe + "/mac",
            "00:16:3e:00:00:01"};
}

void VifWorld::write_vif(int domid, int devid, const std::string& bridge) {
    write_all(nodes_of_vif(domid, devid, bridge));
}

std::optional<Seen> VifWorld::see(const std::string& netdev) const {
    const Result result = run({"ip", "-j", "address", "show", "dev", netdev});
    if (result.status != 0)
        return std::nullopt;
    return from_json(nlohmann::json::parse(result.out).at(0));
}

Seen VifWorld::seen(const std::string& netdev) const {
    const auto found = see(netdev);
    EXPECT_TRUE(found) << "there is no " << netdev;
    return found.value_or(Seen{});
}

void VifWorld::write(const std::string& path, const std::string& value) const {
    must({"xenstore-write", "--", path, value}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
}

void VifWorld::write_all(const Words& paths_and_values) const {
    Words command{"xenstore-write", "--"};
    command.insert(command.end(), paths_and_values.begin(), paths_and_values.end());
    must(command, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
}

void VifWorld::remove(const std::string& path) const {
    must({"xenstore-rm", path}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
}

std::optional<std::string> VifWorld::read(const std::string& path) const {
    // -R: the bytes as they are, and no line end.
    const Result result = run({"xenstore-read", "-R", path}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
    return result.status == 0 ? std::optional(result.out) : std::nullopt;
}

std::string VifWorld::store_picture() const {
    return must({"xenstore-ls", "-f", "/"}, {{"XENSTORED_RUNDIR", xenstored_.rundir()}});
}

std::string VifWorld::link_picture() const {
    // Without what changes by itself: carrier and the state that follows from it.
    std::string text;
    for (const auto& link : nlohmann::json::parse(must({"ip", "-j", "-d", "address", "show"}))) {
        const Seen seen = from_json(link);
        text += link.at("ifname").get<std::string>() + (seen.up ? " up " : " down ") + seen.master + " " + seen.mac +
                " " + std::to_string(seen.mtu) + " " + link.value("inet6_addr_gen_mode", "-") +
                (has_ipv6(link.at("ifname").get<std::string>()) ? " IPv6" : "");
        for (const std::string& address : seen.addresses)
            if (!address.starts_with("fe80:"))
                text += " " + address;
        text += "\n";
    }
    return text;
}

Variables VifWorld::libxl(int domid, int devid) const {
    return {{"script", "/etc/xen/scripts/vif-bridge"},
            {"XENBUS_TYPE", "vif"},
            {"XENBUS_PATH", "backend/vif/" + number(domid) + "/" + number(devid)},
            {"XENBUS_BASE_PATH", "backend"},
            {"netdev", ""},
            {"vif", "vif" + number(domid) + "." + number(devid)},
            {"XENSTORED_RUNDIR", xenstored_.rundir()},
            {"VIFPLUG_RUNDIR", rundir},
            {"VIFPLUG_CONFIG", configuration}};
}

Variables VifWorld::libxl_tap(int domid, int devid) const {
    Variables environment = libxl(domid, devid);
    environment["INTERFACE"] = environment["vif"] + "-emu";
    return environment;
}

std::string VifWorld::program(const std::string& name) {
    const char* directory = std::getenv("VIFPLUG_TEST_LIBEXEC");
    return std::string(directory == nullptr ? VIFPLUG_STAGED_LIBEXEC : directory) + "/" + name;
}

Result VifWorld::call(const Words& words) const {
    return call(words, libxl(1, 0));
}

Result VifWorld::call(const Words& words, const Variables& environment) const {
    Words command{program("vif-bridge")};
    command.insert(command.end(), words.begin(), words.end());
    return run(command, environment);
}

Result VifWorld::online(int domid, int devid) const {
    return call({"online", "type_if=vif"}, libxl(domid, devid));
}

Result VifWorld::offline(int domid, int devid) const {
    return call({"offline", "type_if=vif"}, libxl(domid, devid));
}

void VifWorld::expect_placed(const std::string& netdev, const std::string& bridge, unsigned mtu) const {
    const Seen port = seen(netdev);
    EXPECT_TRUE(port.up);
    EXPECT_EQ(port.master, bridge);
    EXPECT_EQ(port.mac, "fe:ff:ff:ff:ff:ff");
    EXPECT_EQ(port.mtu, mtu);
    EXPECT_EQ(port.addresses, std::vector<std::string>());
    EXPECT_EQ(read(backend + "/hotplug-status"), "connected");
    EXPECT_EQ(read(backend + "/hotplug-error"), std::nullopt);
    EXPECT_EQ(read(frontend + "/mtu"), std::to_string(mtu));
    const Result again = call({"--dry-run", "online", "type_if=vif"});
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(again.out, "");
}

void VifWorld::expect_refused(const Result& result, const std::string& reason) const {
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(read(backend + "/hotplug-error"), "vif1.0: " + reason);
    EXPECT_EQ(read(backend + "/hotplug-status"), "error");
    EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
}

} // namespace vifplug::test
