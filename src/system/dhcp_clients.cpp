// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/dhcp_clients.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/process_end.hpp"
#include "system/processes.hpp"
#include "system/program.hpp"
#include "system/small_file.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace vifplug {

namespace {

constexpr const char* dhcpcd_directory = "/run/dhcpcd/";
constexpr const char* usual_configuration = "/etc/dhcpcd.conf";

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};

std::string proc(int pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

bool is_roots(int pid) {
    struct stat status {};
    return stat(proc(pid, "").c_str(), &status) == 0 && status.st_uid == 0;
}

/// proc(5), /proc/PID/stat: a word of it, counted from 1; the second, in brackets, may hold blanks and brackets itself.
/// Nothing for one that is not there, or has ended and only waits to be noticed.
std::optional<std::uint64_t> number_in_stat(int pid, std::size_t field) {
    const std::string text = read_small_file(proc(pid, "stat"));
    const std::size_t behind_name = text.rfind(')');
    if (behind_name == std::string::npos)
        return std::nullopt;
    const std::vector<std::string_view> fields = words(std::string_view(text).substr(behind_name + 1));
    constexpr std::size_t first = 3; // behind the name
    if (fields.size() <= field - first || fields.front() == "Z" || fields.front() == "X")
        return std::nullopt;
    std::uint64_t number = 0;
    const std::string_view digits = fields[field - first];
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc())
        return std::nullopt;
    return number;
}

std::optional<std::uint64_t> start_time(int pid) {
    constexpr std::size_t started = 22;
    return number_in_stat(pid, started);
}

std::optional<int> parent_of(int pid) {
    constexpr std::size_t parent = 4;
    const auto number = number_in_stat(pid, parent);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::vector<std::string> command_line(int pid) {
    std::vector<std::string> line;
    const std::string text = read_small_file(proc(pid, "cmdline"));
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        line.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return line;
}

/// Nothing when its file was replaced by an update: then the usual place has the new one.
std::optional<std::string> executable_of(int pid, const std::string& name) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlink(proc(pid, "exe").c_str(), target.data(), target.size());
    const std::string path(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return access(path.c_str(), X_OK) == 0 ? path : find_program(name);
}

std::optional<DhcpClient> look_at(int pid, DhcpProgram program, const std::string& netdev) {
    const auto started = start_time(pid);
    const auto executable = executable_of(pid, program == DhcpProgram::dhclient ? "dhclient" : "dhcpcd");
    if (!started || !executable || !is_in_our_network(pid))
        return std::nullopt;
    DhcpClient client;
    client.program = program;
    client.executable = *executable;
    client.netdev = netdev;
    client.pid = pid;
    client.started = *started;
    return client;
}

/// The number in the link of a descriptor, "socket:[123]".
std::optional<std::uint32_t> socket_number(const std::string& descriptor) {
    std::array<char, 64> target{};
    const ssize_t length = readlink(descriptor.c_str(), target.data(), target.size());
    std::string_view text(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    constexpr std::string_view before = "socket:[";
    if (!text.starts_with(before) || !text.ends_with(']'))
        return std::nullopt;
    text.remove_prefix(before.size());
    text.remove_suffix(1);
    return parse_decimal(text);
}

/// The indexes of the links that packet sockets are bound to, by the sockets' numbers (packet(7)).
std::map<std::uint32_t, std::uint32_t> packet_sockets() {
    std::map<std::uint32_t, std::uint32_t> links;
    const std::string table = read_small_file("/proc/self/net/packet");
    for (std::string_view rest = table; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::vector<std::string_view> fields = words(line); // sk RefCnt Type Proto Iface R Rmem User Inode
        if (fields.size() != 9)
            continue;
        const auto link = parse_decimal(fields[4]);
        const auto socket = parse_decimal(fields[8]);
        if (link && socket)
            links[*socket] = *link;
    }
    return links;
}

std::vector<std::uint32_t> links_heard_by(int pid) {
    std::vector<std::uint32_t> links;
    const std::map<std::uint32_t, std::uint32_t> sockets = packet_sockets();
    const std::string directory = proc(pid, "fd");
    const std::unique_ptr<DIR, CloseDirectory> descriptors(opendir(directory.c_str()));
    while (const dirent* entry = descriptors ? readdir(descriptors.get()) : nullptr) {
        const auto number = socket_number(directory + "/" + entry->d_name);
        const auto found = number ? sockets.find(*number) : sockets.end();
        if (found != sockets.end())
            links.push_back(found->second);
    }
    return links;
}

std::optional<DhcpClient> dhclient_at(int pid, const std::string& netdev) {
    if (!is_called(pid, "dhclient") || !is_roots(pid))
        return std::nullopt;
    std::vector<std::string> line = command_line(pid);
    if (line.empty()) // it has just ended
        return std::nullopt;
    line.erase(line.begin());
    auto client = look_at(pid, DhcpProgram::dhclient, netdev);
    if (!client || !DhclientCommand::parse(line).serves(netdev))
        return std::nullopt;
    client->arguments = std::move(line);
    client->hears = links_heard_by(pid);
    return client;
}

/// A socket's address, nothing when the path is too long for one.
std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return std::nullopt;
    path.copy(address.sun_path, path.size());
    return address;
}

/// A connection that gives up after a second: dhcpcd answers at once or is in trouble.
UniqueFd connected(const std::string& path) {
    const auto address = address_of(path);
    if (!address)
        throw Error("connect to " + path, system_code(ENAMETOOLONG));
    UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{.tv_sec = 1, .tv_usec = 0};
    if (!connection || setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        connect(connection.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        throw Error("connect to " + path, system_code(errno));
    return connection;
}

/// What dhcpcd's control socket takes: the words of a command line, each with a zero behind it.
void send_command(const UniqueFd& connection, const std::string& path, std::string_view words) {
    if (send(connection.get(), words.data(), words.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(words.size()))
        throw Error("tell " + path, system_code(errno));
}

/// dhcpcd tells anybody: a length of eight bytes, and the path with a zero. Nothing when it does not.
std::optional<std::string> configuration_file(const std::string& socket) {
    using namespace std::string_view_literals;
    const UniqueFd connection = connected(socket);
    send_command(connection, socket, "--getconfigfile\0"sv);
    std::array<char, sizeof(std::uint64_t) + PATH_MAX> answer{};
    const ssize_t length = recv(connection.get(), answer.data(), answer.size(), 0);
    if (length <= static_cast<ssize_t>(sizeof(std::uint64_t) + 1))
        return std::nullopt;
    const std::string_view path(answer.data() + sizeof(std::uint64_t),
                                static_cast<std::size_t>(length) - sizeof(std::uint64_t));
    return std::string(path.substr(0, path.find('\0')));
}

/// A client whose configuration names one protocol has a socket of that name beside a pid file without (9.4).
std::string control_socket(const std::string& name) {
    const std::string base = dhcpcd_directory + name.substr(0, name.rfind('.'));
    for (const char* end : {".sock", "-4.sock", "-6.sock"})
        if (std::string path = base + end; !name.empty() && access(path.c_str(), F_OK) == 0)
            return path;
    return dhcpcd_directory + name + "sock";
}

/// Of one that has a pid file of this name, if it lives. The process is dhcpcd's own user's, the file root's.
std::optional<DhcpClient> dhcpcd_at(const std::string& name, DhcpProgram program, const std::string& netdev) {
    const std::string text = read_small_file(dhcpcd_directory + name + "pid");
    const std::vector<std::string_view> fields = words(text);
    const auto number = fields.empty() ? std::nullopt : parse_decimal(fields.front());
    const int pid = static_cast<int>(number.value_or(0));
    if (!number || !is_called(pid, "dhcpcd"))
        return std::nullopt;
    auto client = look_at(pid, program, netdev);
    if (client)
        client->control = control_socket(name);
    return client;
}

/// The file that it reads; of one that vifplug made, the original.
std::string configuration_of(const DhcpClient& client) {
    try {
        const std::string file = configuration_file(client.control).value_or(usual_configuration);
        return made_from(read_small_file(file)).value_or(file);
    } catch (const Error&) {
        return usual_configuration; // it ends or hangs: the best guess
    }
}

/// -b: at once in the background.
std::vector<std::string> arguments_of_dhcpcd(const DhcpClient& client, const std::string& protocol) {
    std::vector<std::string> arguments{"-b"};
    if (!protocol.empty())
        arguments.push_back(protocol);
    if (const std::string file = configuration_of(client); file != usual_configuration)
        arguments.insert(arguments.end(), {"-f", file});
    if (client.program == DhcpProgram::dhcpcd)
        arguments.push_back(client.netdev);
    return arguments;
}

std::vector<DhcpClient> dhcpcds_of(const std::string& netdev) {
    std::vector<DhcpClient> clients;
    const auto add = [&](const std::string& name, DhcpProgram program, const std::string& protocol) {
        if (auto client = dhcpcd_at(name, program, netdev)) {
            client->arguments = arguments_of_dhcpcd(*client, protocol);
            clients.push_back(std::move(*client));
        }
    };
    add(netdev + ".", DhcpProgram::dhcpcd, "");
    add(netdev + "-4.", DhcpProgram::dhcpcd, "-4");
    add(netdev + "-6.", DhcpProgram::dhcpcd, "-6");
    add("", DhcpProgram::dhcpcd_manager, "");
    return clients;
}

/// By pidfd, so that a signal cannot reach another process that was given the number meanwhile.
void end_dhclient(const DhcpClient& client) {
    const UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, client.pid, 0)));
    if (!handle || start_time(client.pid) != client.started)
        return;
    // SIGTERM: it ends without a word to the server or its script. (-x would have the script flush the addresses.)
    if (syscall(SYS_pidfd_send_signal, handle.get(), SIGTERM, nullptr, 0) != 0 && errno != ESRCH)
        throw Error("end dhclient (process " + std::to_string(client.pid) + ")", system_code(errno));
}

void end_dhcpcd(const DhcpClient& client) {
    using namespace std::string_view_literals;
    try {
        const UniqueFd connection = connected(client.control);
        send_command(connection, client.control, "dhcpcd\0-p\0-x\0"sv);
    } catch (const Error&) {
        if (start_time(client.pid) == client.started) // not one that was just ending
            throw;
    }
}

/// "-4", "-6", or nothing for both: clients of different protocols run side by side.
std::string protocol_of(DhcpProgram program, const std::vector<std::string>& arguments) {
    if (program == DhcpProgram::dhclient)
        return DhclientCommand::parse(arguments).ipv6 ? "-6" : "-4";
    for (const char* protocol : {"-4", "-6"})
        if (std::find(arguments.begin(), arguments.end(), protocol) != arguments.end())
            return protocol;
    return "";
}

/// Whole or not at all. Throws Error.
void write(const DhcpcdConfiguration& configuration) {
    const std::string text = text_of(configuration, read_small_file(configuration.original));
    const std::string fresh = configuration.path + ".new";
    const UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        rename(fresh.c_str(), configuration.path.c_str()) != 0)
        throw Error("write " + configuration.path, system_code(errno));
}

bool is_served(const DhcpStart& start) {
    const std::vector<DhcpClient> clients = find_dhcp_clients(start.netdev);
    return std::any_of(clients.begin(), clients.end(), [&](const DhcpClient& client) {
        return client.program == start.program &&
               protocol_of(client.program, client.arguments) == protocol_of(start.program, start.arguments);
    });
}

/// A dhclient forks for each call of its script, and the child bears its name and words until it becomes the script. (A
/// dhclient that goes to the background is a child, too, but with a session of its own.)
bool is_about_to_run_a_script(int pid, int parent) {
    return parent_of(pid) == parent && getsid(pid) == getsid(parent);
}

} // namespace

std::vector<DhcpClient> find_dhcp_clients(const std::string& netdev) {
    std::vector<DhcpClient> dhclients;
    for (const int pid : all_processes())
        if (auto client = dhclient_at(pid, netdev))
            dhclients.push_back(std::move(*client));
    std::vector<DhcpClient> clients = dhcpcds_of(netdev);
    std::copy_if(dhclients.begin(), dhclients.end(), std::back_inserter(clients), [&](const DhcpClient& client) {
        return std::none_of(dhclients.begin(), dhclients.end(),
                            [&](const DhcpClient& other) { return is_about_to_run_a_script(client.pid, other.pid); });
    });
    return clients;
}

void stop_keeping_configuration(const DhcpClient& client, const Deadline& deadline) {
    if (start_time(client.pid) != client.started)
        return;
    if (client.program == DhcpProgram::dhclient)
        end_dhclient(client);
    else
        end_dhcpcd(client);
    if (!ends_in_time(client.pid, deadline))
        throw ProgramFailed(std::string(name_of(client.program)) + " (process " + std::to_string(client.pid) +
                            "): did not end in time");
}

void start_dhcp_client(const DhcpStart& start, const Deadline& deadline) {
    if (is_served(start))
        return;
    if (start.configuration)
        write(*start.configuration);
    run_program(start.executable, start.arguments, deadline);
}

} // namespace vifplug
