// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/operator_main.hpp"

#include "app/process.hpp"
#include "core/error.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <vector>

namespace vifplug {

namespace {

using nlohmann::json;

constexpr time_t patience_s = 30; // the daemon answers between two looks, each of which may wait for the store
constexpr const char* nothing = "-";

UniqueFd connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw BadInput("VIFPLUG_RUNDIR", path, "too long for a socket in it");
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd end(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(end.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return end;
    if (errno == ENOENT || errno == ECONNREFUSED)
        throw NobodyThere("vifplugd is not running: nobody listens at " + path);
    throw Error("connect to vifplugd at " + path, system_code(errno));
}

std::string conversation(const std::string& path, const std::string& question) {
    const UniqueFd end = connect_to(path);
    const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
    (void)setsockopt(end.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience); // fails for a bad size only
    if (send(end.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0)
        throw Error("ask vifplugd", system_code(errno));
    std::string answer;
    std::array<char, 65536> piece{};
    while (true) {
        const ssize_t got = recv(end.get(), piece.data(), piece.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error("hear vifplugd's answer", system_code(errno == EAGAIN ? ETIMEDOUT : errno));
        if (got == 0)
            return answer;
        answer.append(piece.data(), static_cast<std::size_t>(got));
    }
}

std::string cell(const json& value) {
    if (value.is_null())
        return nothing;
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string in_columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + (i + 1 < row.size() ? std::string(widths[i] - row[i].size() + 2, ' ') : "");
        text += line + "\n";
    }
    return text;
}

std::string phase_of(const json& vif) {
    return cell(vif.at("phase")) + (vif.at("slowed").get<bool>() ? ", slowed" : "");
}

} // namespace

json ask_daemon(const json& question, const Environment& environment) {
    // An argument need not be UTF-8.
    const std::string line = question.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    const std::string answer = conversation(run_directory(environment) + "/control", line);
    json parsed = json::parse(answer, nullptr, false);
    if (!parsed.is_object())
        throw Error("hear vifplugd's answer", system_code(EBADMSG), "the conversation broke off");
    if (parsed.contains("error"))
        throw BadInput(parsed.at("error").get<std::string>());
    return parsed;
}

std::string table_of(const json& status) {
    const json& daemon = status.at("daemon");
    std::string head = "vifplugd: process " + cell(daemon.at("process")) + " since " + cell(daemon.at("since")) +
                       ", xenstore " + cell(daemon.at("xenstore")) + "\n";
    if (status.at("vifs").empty())
        return head + "no vifs\n";
    std::vector<std::vector<std::string>> rows{
        {"VIF", "STATE", "NETDEV", "BRIDGE", "VLANS", "MTU", "REPAIRS", "REASON"}};
    for (const json& vif : status.at("vifs"))
        rows.push_back({cell(vif.at("vif")), phase_of(vif), cell(vif.at("netdev")), cell(vif.at("bridge")),
                        cell(vif.at("vlans")), cell(vif.at("mtu")), cell(vif.at("repairs")), cell(vif.at("reason"))});
    return head + in_columns(rows);
}

std::string story_of(const json& status) {
    const json& vif = status.at("vifs").at(0);
    std::string text = "vif" + cell(vif.at("vif")) + ": " + phase_of(vif);
    if (!vif.at("bridge").is_null())
        text += " on " + cell(vif.at("bridge")) + " as " + cell(vif.at("netdev")) + ", MTU " + cell(vif.at("mtu"));
    if (!vif.at("vlans").is_null())
        text += ", VLANs " + cell(vif.at("vlans"));
    if (!vif.at("reason").is_null())
        text += "\n" + cell(vif.at("reason"));
    text += "\n";
    for (const json& event : vif.at("history"))
        text += cell(event.at("time")) + "  " + cell(event.at("event")) +
                (event.at("text").get<std::string>().empty() ? "" : ": " + cell(event.at("text"))) + "\n";
    return text;
}

int exit_status_of(const json& status) {
    const json& vifs = status.at("vifs");
    if (status.at("daemon").at("xenstore") != "connected")
        return 1;
    // A vif in its place has no reason: one that is put back after a pause has.
    const auto is_well = [](const json& vif) {
        return vif.at("phase") != "failed" && vif.at("phase") != "waiting" && vif.at("reason").is_null();
    };
    return std::all_of(vifs.begin(), vifs.end(), is_well) ? 0 : 1;
}

} // namespace vifplug
