// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/dhcp_client.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace vifplug {

namespace {

// dhclient(8), 4.4; all others stand alone.
constexpr std::array<std::string_view, 15> options_with_value{"-p",
                                                              "-pf",
                                                              "-cf",
                                                              "-df",
                                                              "-lf",
                                                              "-sf",
                                                              "-s",
                                                              "-g",
                                                              "-e",
                                                              "-D",
                                                              "-4o6",
                                                              "--dad-wait-time",
                                                              "--prefix-len-hint",
                                                              "--decline-wait-time",
                                                              "--address-prefix-len"};

constexpr std::string_view mark = "# Made by vifplug from ";

/// About how the first start was to go, not about what is asked of the server.
constexpr std::array<std::string_view, 6> of_the_first_start{"-d", "-nw", "-w", "-1", "-r", "-x"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

template <class Range, class One>
bool holds(const Range& all, const One& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

bool may_be_restarted(const DhcpClient& client) {
    if (client.program != DhcpProgram::dhclient)
        return true;
    const DhclientCommand command = DhclientCommand::parse(client.arguments);
    return !command.foreground && !command.netdevs.empty();
}

bool has_to_stop(const DhcpClient& client, const DhcpMove& move) {
    return client.program != DhcpProgram::dhclient || move.from != move.to || !holds(client.hears, move.nic);
}

/// What follows -f, or where dhcpcd looks without.
std::string configuration_of(const DhcpClient& client) {
    const auto option = std::find(client.arguments.begin(), client.arguments.end(), "-f");
    return option == client.arguments.end() ? "/etc/dhcpcd.conf" : *std::next(option);
}

/// All of a manager's options that can be known are its configuration file.
DhcpStart start_of_manager(const DhcpClient& client, const DhcpTarget& target) {
    DhcpStart start{client.program, client.executable, client.arguments, target.netdev, {}};
    if (target.ports.empty() && target.bridges.empty())
        return start;
    start.configuration = {target.manager_configuration, configuration_of(client), target.ports, target.bridges};
    start.arguments = {"-b", "-f", target.manager_configuration};
    return start;
}

DhcpStart start_with_other_name(const DhcpClient& client, const DhcpTarget& target) {
    DhcpStart start{client.program, client.executable, client.arguments, target.netdev, {}};
    if (client.program == DhcpProgram::dhclient) {
        DhclientCommand command = DhclientCommand::parse(client.arguments);
        std::replace(command.netdevs.begin(), command.netdevs.end(), client.netdev, target.netdev);
        start.arguments = command.again();
    } else {
        start.arguments.back() = target.netdev;
    }
    return start;
}

} // namespace

std::string_view name_of(DhcpProgram program) {
    switch (program) {
    case DhcpProgram::dhclient:
        return "dhclient";
    case DhcpProgram::dhcpcd:
        return "dhcpcd";
    case DhcpProgram::dhcpcd_manager:
        return "dhcpcd-manager";
    }
    return "?";
}

std::optional<DhcpProgram> parse_dhcp_program(std::string_view text) {
    for (const DhcpProgram program : {DhcpProgram::dhclient, DhcpProgram::dhcpcd, DhcpProgram::dhcpcd_manager})
        if (text == name_of(program))
            return program;
    return std::nullopt;
}

DhclientCommand DhclientCommand::parse(std::span<const std::string> words) {
    DhclientCommand command;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!word.starts_with('-')) {
            command.netdevs.push_back(word);
            continue;
        }
        command.options.push_back(word);
        command.ipv6 = command.ipv6 || word == "-6" || word == "-S" || word == "-T" || word == "-P" || word == "-N";
        command.foreground = command.foreground || word == "-d";
        if (contains(options_with_value, word) && i + 1 < words.size())
            command.options.push_back(words[++i]);
    }
    return command;
}

bool DhclientCommand::serves(std::string_view netdev) const {
    return netdevs.empty() || holds(netdevs, netdev);
}

std::vector<std::string> DhclientCommand::again() const {
    std::vector<std::string> words{"-nw"};
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (contains(of_the_first_start, options[i]))
            continue;
        words.push_back(options[i]);
        if (contains(options_with_value, options[i]) && i + 1 < options.size())
            words.push_back(options[++i]);
    }
    words.insert(words.end(), netdevs.begin(), netdevs.end());
    return words;
}

std::vector<DhcpClient> to_be_stopped(std::span<const DhcpClient> clients, const DhcpMove& move) {
    std::vector<DhcpClient> chosen;
    for (const DhcpClient& client : clients)
        if (has_to_stop(client, move) && may_be_restarted(client))
            chosen.push_back(client);
    return chosen;
}

std::vector<std::string> left_alone(std::span<const DhcpClient> clients, const DhcpMove& move) {
    std::vector<std::string> sentences;
    for (const DhcpClient& client : clients) {
        if (!has_to_stop(client, move) || may_be_restarted(client))
            continue;
        const bool foreground = DhclientCommand::parse(client.arguments).foreground;
        sentences.push_back("dhclient (process " + std::to_string(client.pid) + ") is left as it is: it was started " +
                            (foreground ? "in the foreground" : "for all interfaces") +
                            "; whoever did that has to start it on " + printable(move.to));
    }
    return sentences;
}

std::string text_of(const DhcpcdConfiguration& configuration, std::string_view original_text) {
    std::string text = std::string(mark) + configuration.original + "\n";
    if (!configuration.ports.empty()) { // above the original, which may end in a block about one interface
        text += "denyinterfaces";
        for (const std::string& port : configuration.ports)
            text += " " + port;
        text += "\n";
    }
    text += original_text;
    for (const std::string& bridge : configuration.bridges)
        text += "\ninterface " + bridge + "\n";
    return text;
}

std::optional<std::string> made_from(std::string_view text) {
    if (!text.starts_with(mark))
        return std::nullopt;
    text.remove_prefix(mark.size());
    return std::string(text.substr(0, text.find('\n')));
}

std::vector<DhcpStart> to_be_started(std::span<const DhcpClient> stopped, const DhcpTarget& target) {
    const auto manager = std::find_if(stopped.begin(), stopped.end(), [](const DhcpClient& client) {
        return client.program == DhcpProgram::dhcpcd_manager;
    });
    std::vector<DhcpStart> starts;
    for (const DhcpClient& client : stopped)
        if (client.program == DhcpProgram::dhclient ||
            (client.program == DhcpProgram::dhcpcd && manager == stopped.end()))
            starts.push_back(start_with_other_name(client, target));
    if (manager != stopped.end())
        starts.push_back(start_of_manager(*manager, target));
    return starts;
}

} // namespace vifplug
