// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/network_root.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <utility>

namespace vifplug {

namespace {

/// What is before the first `mark`, and what is behind it; all and nothing when there is none.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos)
        return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

/// The field before the next ':', taken off the text. Brackets keep the colons of an IPv6 address together.
std::string_view take_field(std::string_view& text) {
    const std::size_t closing = text.starts_with('[') ? text.find(']') : 0;
    const std::size_t end = text.find(':', closing == std::string_view::npos ? 0 : closing);
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return field;
}

/// The same for the field with this number, counted from 0; empty when there are not so many.
std::string_view field(std::string_view text, unsigned number) {
    for (unsigned i = 0; i < number; ++i)
        (void)take_field(text);
    return take_field(text);
}

NetworkRoot with_server(std::string protocol, std::string_view server) {
    NetworkRoot root{.protocol = std::move(protocol), .servers = {}};
    if (const auto address = server_address(server))
        root.servers.push_back(*address);
    return root;
}

// --- mounts ---------------------------------------------------------------------------------------------------------

/// mountinfo writes blanks, line ends and backslashes as \ooo.
std::string unescaped(std::string_view text) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// "36 35 8:1 / / rw,noatime master:1 - ext4 /dev/sda1 rw": see proc(5). The optional fields before "-" vary in number.
std::optional<RootMount> root_of_line(std::string_view line) {
    constexpr std::size_t device = 2;
    constexpr std::size_t mount_point = 4;
    const auto fields = words(line);
    if (fields.size() <= mount_point || fields[mount_point] != "/")
        return std::nullopt;
    const auto dash = std::find(fields.begin() + mount_point, fields.end(), "-");
    if (fields.end() - dash < 4)
        return std::nullopt;
    return RootMount{.type = std::string(dash[1]),
                     .source = unescaped(dash[2]),
                     .options = unescaped(dash[3]),
                     .device = std::string(fields[device])};
}

/// The value of "name=value" among texts divided by `mark`; the last one counts.
std::optional<std::string_view> option(std::string_view options, std::string_view name, char mark) {
    std::optional<std::string_view> found;
    while (!options.empty()) {
        const auto [one, rest] = cut(options, mark);
        if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
            found = one.substr(name.size() + 1);
        options = rest;
    }
    return found;
}

/// "//server/share" of SMB.
std::string_view server_of_share(std::string_view share) {
    while (share.starts_with('/'))
        share.remove_prefix(1);
    return cut(share, '/').first;
}

// --- command line ---------------------------------------------------------------------------------------------------

using Arguments = std::vector<std::string_view>;

/// The value of the last "name=value"; quotes around a value are the kernel's to take off.
std::optional<std::string_view> argument(const Arguments& arguments, std::string_view name) {
    std::optional<std::string_view> found;
    for (const std::string_view one : arguments)
        if (const auto value = option(one, name, '\0')) {
            found = value;
            if (found->size() > 1 && found->front() == '"' && found->back() == '"')
                found = found->substr(1, found->size() - 2);
        }
    return found;
}

/// "[<server>:]<path>": without a server the text is a path, or empty.
std::string_view server_before_path(std::string_view text) {
    if (text.empty() || text.starts_with('/') || text.find(':') == std::string_view::npos)
        return {};
    return take_field(text);
}

/// The server that "ip=<client>:<server>:..." names; several such words are for several interfaces.
std::string_view server_of_ip(const Arguments& arguments) {
    constexpr unsigned server = 1;
    for (const std::string_view one : arguments)
        if (one.starts_with("ip="))
            if (const std::string_view named = field(one.substr(3), server); server_address(named))
                return named;
    return {};
}

NetworkRoot nfs_root(std::string_view server, const Arguments& arguments) {
    return with_server("NFS", server.empty() ? server_of_ip(arguments) : server);
}

/// "[user:password[:user:password]@][server]:[protocol]:[port]:[lun]:target" (dracut.cmdline(7)); of a server that is
/// left out, the firmware knows.
NetworkRoot iscsi_root(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at != std::string_view::npos)
        text.remove_prefix(at + 1);
    return with_server("iSCSI", take_field(text));
}

/// root= and netroot= of dracut: "nfs:server:path", "iscsi:...", "nbd:server:port".
std::optional<NetworkRoot> root_of_url(std::string_view text, const Arguments& arguments) {
    const auto [scheme, rest] = cut(text, ':');
    if (scheme == "nfs" || scheme == "nfs4")
        return nfs_root(server_before_path(rest), arguments);
    if (scheme == "iscsi")
        return iscsi_root(rest);
    if (scheme == "nbd")
        return with_server("NBD", field(rest, 0));
    if (scheme == "cifs" || scheme == "smb") {
        const std::string_view share = server_of_share(rest);
        const std::size_t at = share.find('@');
        return with_server("SMB", at == std::string_view::npos ? share : share.substr(at + 1));
    }
    return std::nullopt;
}

std::optional<NetworkRoot> nfs_of_kernel(const Arguments& arguments) {
    const auto root = argument(arguments, "root");
    const auto nfsroot = argument(arguments, "nfsroot");
    if (!nfsroot && root != "/dev/nfs")
        return std::nullopt;
    return nfs_root(server_before_path(nfsroot.value_or("")), arguments);
}

} // namespace

std::optional<RootMount> root_mount(std::string_view mountinfo) {
    std::optional<RootMount> top;
    while (!mountinfo.empty()) {
        const auto [line, rest] = cut(mountinfo, '\n');
        if (auto mount = root_of_line(line))
            top = std::move(mount);
        mountinfo = rest;
    }
    return top;
}

std::optional<NetworkRoot> network_root_of(const RootMount& mount) {
    // The address in use is among the options, also when the mount was asked for by a host name.
    const auto address = option(mount.options, "addr", ',');
    if (mount.type == "nfs" || mount.type == "nfs4")
        return with_server("NFS", address ? *address : server_before_path(mount.source));
    if (mount.type == "cifs" || mount.type == "smb3")
        return with_server("SMB", address ? *address : server_of_share(mount.source));
    // Many servers, or none that the mount names.
    for (const auto& [type, protocol] :
         {std::pair("ceph", "Ceph"), std::pair("fuse.ceph", "Ceph"), std::pair("fuse.glusterfs", "GlusterFS"),
          std::pair("fuse.sshfs", "SSH"), std::pair("lustre", "Lustre"), std::pair("afs", "AFS"),
          std::pair("ocfs2", "OCFS2"), std::pair("gfs2", "GFS2")})
        if (mount.type == type)
            return NetworkRoot{.protocol = protocol, .servers = {}};
    return std::nullopt;
}

std::optional<NetworkRoot> network_root_of(std::string_view command_line) {
    const Arguments arguments = words(command_line);
    for (const std::string_view name : {"netroot", "root"})
        if (const auto value = argument(arguments, name))
            if (auto root = root_of_url(*value, arguments))
                return root;
    if (auto root = nfs_of_kernel(arguments))
        return root;
    for (const std::string_view name : {"iscsi_target_ip", "ISCSI_TARGET_IP"})
        if (const auto server = argument(arguments, name))
            return with_server("iSCSI", *server);
    for (const std::string_view word :
         {"rd.iscsi.firmware", "rd.iscsi.firmware=1", "rd.iscsi.ibft", "rd.iscsi.ibft=1", "iscsi_firmware", "ip=ibft"})
        if (std::find(arguments.begin(), arguments.end(), word) != arguments.end())
            return NetworkRoot{.protocol = "iSCSI", .servers = {}};
    return std::nullopt;
}

std::optional<std::string> server_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    const auto [address, scope] = cut(text, '%');
    std::array<unsigned char, 16> bytes{};
    // A zero byte would end the text early for inet_pton.
    const bool is_address = address.find('\0') == std::string_view::npos &&
                            (inet_pton(AF_INET, std::string(address).c_str(), bytes.data()) == 1 ||
                             inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) == 1);
    return is_address ? std::optional(std::string(text)) : std::nullopt;
}

} // namespace vifplug
