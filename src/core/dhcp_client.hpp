// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vifplug {

enum class DhcpProgram : std::uint8_t {
    dhclient,      ///< ISC's; one process for the interfaces it was given
    dhcpcd,        ///< Roy Marples', for one interface
    dhcpcd_manager ///< the same in manager mode: for every interface it finds
};

std::string_view name_of(DhcpProgram program);

/// The reverse of name_of(); nothing for any other text.
std::optional<DhcpProgram> parse_dhcp_program(std::string_view text);

/// A DHCP client that runs, as far as it matters for handing a lease over. Texts and numbers only: it is written down,
/// so that another process can finish what this one began.
struct DhcpClient {
    DhcpProgram program = DhcpProgram::dhclient;
    std::string executable;             ///< the path of the program
    std::vector<std::string> arguments; ///< how it is started again on `netdev`, in the background
    std::string netdev;                 ///< the interface it was found for
    std::string control;                ///< dhcpcd's control socket; empty for dhclient
    int pid = 0;
    std::uint64_t started = 0;        ///< in clock ticks since boot: with `pid`, this process and no other
    std::vector<std::uint32_t> hears; ///< the indexes of the links its packet sockets are bound to

    friend bool operator==(const DhcpClient&, const DhcpClient&) = default;
};

/// What a dhclient's command line says.
struct DhclientCommand {
    std::vector<std::string> options; ///< with their values
    std::vector<std::string> netdevs; ///< none: all that there were when it started
    bool ipv6 = false;
    bool foreground = false; ///< -d: whoever started it watches over it

    /// Reads the words behind the program's name.
    static DhclientCommand parse(std::span<const std::string> words);

    bool serves(std::string_view netdev) const;

    /// The words that start it on these interfaces again, at once in the background. Without what was meant for the
    /// first start only: -1 would let a client that worked end when the first packet is lost.
    std::vector<std::string> again() const;
};

/// Where the lease has gone, or gone back to.
struct DhcpTarget {
    std::string netdev;
    std::vector<std::string> ports;    ///< every peth0 and vif0.0 that there is now: no client may take one for its own
    std::vector<std::string> bridges;  ///< every bridge that holds a NIC's addresses now
    std::string manager_configuration; ///< the file for what dhcpcd's manager mode has to know of them
};

/// A dhcpcd.conf made from another one.
struct DhcpcdConfiguration {
    std::string path;
    std::string original;
    std::vector<std::string> ports;
    std::vector<std::string> bridges;

    friend bool operator==(const DhcpcdConfiguration&, const DhcpcdConfiguration&) = default;
};

/// One program to start.
struct DhcpStart {
    DhcpProgram program = DhcpProgram::dhclient;
    std::string executable;
    std::vector<std::string> arguments;
    std::string netdev;
    std::optional<DhcpcdConfiguration> configuration; ///< to be written before

    friend bool operator==(const DhcpStart&, const DhcpStart&) = default;
};

/// The text of such a file: the manager leaves the ports alone, and serves the bridges, which it would pass over.
std::string text_of(const DhcpcdConfiguration& configuration, std::string_view original_text);

/// The path of the file that this text was made from; nothing when it is not one of text_of().
std::optional<std::string> made_from(std::string_view text);

/// A netdev's addresses go to another one, which takes its name or has one of its own.
struct DhcpMove {
    std::string from;
    std::string to;
    std::uint32_t nic = 0; ///< the index of the NIC, the link that is there before and after
};

/// Those that have to be stopped before the move.
///
/// dhcpcd always: it follows the interface's index and its name, takes the address away from where the name was, and
/// ends. dhclient may go on when the name stays, since it writes addresses by name, and when it hears the NIC, since
/// its packet socket goes on doing so whatever the NIC is called and belongs to; a DHCPv6 one has no such socket. One
/// in the foreground or without names is not stopped either: see left_alone().
std::vector<DhcpClient> to_be_stopped(std::span<const DhcpClient> clients, const DhcpMove& move);

/// A sentence for the log about each client that ought to be stopped and could not be started again the way it ran.
std::vector<std::string> left_alone(std::span<const DhcpClient> clients, const DhcpMove& move);

/// How the stopped ones are started for the target. A dhcpcd for one interface that ran beside a manager is not: the
/// manager serves the interface, and would take the call for one to itself.
std::vector<DhcpStart> to_be_started(std::span<const DhcpClient> stopped, const DhcpTarget& target);

} // namespace vifplug
