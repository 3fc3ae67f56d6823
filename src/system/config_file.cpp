// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/config_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "system/toml.hpp"
#include "system/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace vifplug {

namespace {

/// A refusal that knows its line; the file's name is put before it at the end.
class RefusedAt : public std::runtime_error {
  public:
    [[nodiscard]] RefusedAt(const toml::source_region& where, const std::string& sentence)
        : std::runtime_error(sentence), line_(where.begin.line) {}

    toml::source_index line() const { return line_; }

  private:
    toml::source_index line_;
};

std::string kind_of(const toml::node& value) {
    switch (value.type()) {
    case toml::node_type::none:
        break;
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "an array";
    case toml::node_type::string:
        return "a text";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
        return "a number";
    case toml::node_type::boolean:
        return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
        return "a date or time";
    }
    return "nothing";
}

/// Refuses a value of another type, also a number that is written as a text.
const std::string& text_of(std::string_view key, const toml::node& value) {
    if (const auto* text = value.as_string())
        return text->get();
    throw BadInput(std::string(key) + " is " + kind_of(value) + ": it takes a text in quotes");
}

std::string number_of(std::string_view key, const toml::node& value) {
    if (const auto* number = value.as_integer())
        return std::to_string(number->get());
    throw BadInput(std::string(key) + " is " + kind_of(value) + ": it takes a whole number without quotes");
}

/// What a key of a table means. `take` refuses with BadInput, which read_table gives a line.
template <class Into>
struct Key {
    std::string_view name;
    void (*take)(const toml::node& value, Into& into);
};

template <class Keys>
std::string names_of(const Keys& keys) {
    std::string names;
    for (const auto& key : keys)
        names += (names.empty() ? "" : ", ") + std::string(key.name);
    return names;
}

template <class Into, std::size_t count>
void read_table(const toml::table& table, const std::array<Key<Into>, count>& keys, Into& into) {
    for (const auto& [name, value] : table) {
        const std::string_view wanted = name.str();
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& row) { return row.name == wanted; });
        if (key == keys.end())
            throw RefusedAt(name.source(), "key=" + in_quotes(wanted) + ": one of " + names_of(keys));
        try {
            key->take(value, into);
        } catch (const BadInput& bad) {
            throw RefusedAt(name.source(), bad.what());
        }
    }
}

void take_name(const toml::node& value, UplinkRequest& into) {
    const std::string& text = text_of("name", value);
    if (text == "null")
        throw BadInput("name", text, "on a command line bridge=null means that nothing is to be done");
    into.bridge = IfName::parse("name", text);
}

void take_netdev(const toml::node& value, UplinkRequest& into) {
    into.netdev = parse_netdev(text_of("netdev", value));
}

void take_topology(const toml::node& value, UplinkRequest& into) {
    into.topology = parse_topology(text_of("topology", value));
}

void take_vifnum(const toml::node& value, UplinkRequest& into) {
    into.vifnum = parse_vifnum(number_of("vifnum", value));
}

void take_mtu(const toml::node& value, UplinkRequest& into) {
    into.mtu = parse_mtu(number_of("mtu", value), "the NIC");
}

/// As on a command line, or in TOML's own words.
void take_vlan_filtering(const toml::node& value, UplinkRequest& into) {
    if (const auto* text = value.as_string())
        into.vlan_filtering = parse_vlan_filtering(text->get());
    else if (const auto* boolean = value.as_boolean())
        into.vlan_filtering = boolean->get();
    else
        throw BadInput("vlan_filtering is " + kind_of(value) + ": it takes true or false");
}

void take_vlans(const toml::node& value, UplinkRequest& into) {
    into.vlans = parse_uplink_vlans(text_of("vlans", value));
}

void take_vlan_mode(const toml::node& value, UplinkRequest& into) {
    into.vlan_mode = parse_vlan_mode(text_of("vlan-mode", value));
}

constexpr std::array<Key<UplinkRequest>, 8> bridge_keys{{{"name", take_name},
                                                         {"netdev", take_netdev},
                                                         {"topology", take_topology},
                                                         {"vifnum", take_vifnum},
                                                         {"mtu", take_mtu},
                                                         {"vlan_filtering", take_vlan_filtering},
                                                         {"vlans", take_vlans},
                                                         {"vlan-mode", take_vlan_mode}}};

UplinkRequest read_bridge(const toml::table& table) {
    UplinkRequest request;
    request.is_configured = true;
    read_table(table, bridge_keys, request);
    if (!request.netdev)
        throw RefusedAt(table.source(), "[[bridge]] without netdev: it says which NIC is put on the bridge");
    try {
        refuse_contradictions(request);
    } catch (const BadInput& bad) {
        throw RefusedAt(table.source(), bad.what());
    }
    return request;
}

/// The key of the file that holds what a request calls `key`, and its value.
std::string as_written(std::string_view key, const UplinkRequest& request) {
    if (key == "netdev")
        return "netdev=" + in_quotes(*request.netdev);
    if (key == "bridge")
        return "name=" + in_quotes(request.bridge->str());
    return "vifnum=" + in_quotes(std::to_string(*request.vifnum));
}

void refuse_repetition(const UplinkRequest& request, const toml::table& table,
                       const std::vector<UplinkRequest>& earlier) {
    for (const UplinkRequest& other : earlier)
        if (const auto key = same_in_both(other, request))
            throw RefusedAt(table.source(), as_written(*key, request) + ": another [[bridge]] has it already");
}

void take_bridges(const toml::node& value, Configuration& into) {
    constexpr const char* rule = "each bridge is a table of its own with the headline [[bridge]]";
    const auto* tables = value.as_array();
    if (tables == nullptr)
        throw BadInput("bridge is " + kind_of(value) + ": " + rule);
    for (const toml::node& each : *tables) {
        const auto* table = each.as_table();
        if (table == nullptr)
            throw RefusedAt(each.source(), "bridge holds " + kind_of(each) + ": " + rule);
        const UplinkRequest request = read_bridge(*table);
        refuse_repetition(request, *table, into.bridges);
        into.bridges.push_back(request);
    }
}

void take_scripts(const toml::node& value, DaemonConfiguration& into) {
    constexpr const char* rule = "scripts is a list of texts: whole paths, or names in Xen's script directory";
    const auto* list = value.as_array();
    if (list == nullptr)
        throw BadInput("scripts is " + kind_of(value) + ": " + rule);
    for (const toml::node& each : *list) {
        const auto* text = each.as_string();
        if (text == nullptr)
            throw BadInput("scripts holds " + kind_of(each) + ": " + rule);
        if (words(text->get()).size() != 1)
            throw BadInput("scripts", text->get(), rule);
        into.scripts.push_back(text->get());
    }
}

void take_patience(const toml::node& value, DaemonConfiguration& into) {
    constexpr std::uint32_t longest = 3600;
    const std::string text = number_of("patience", value);
    const auto seconds = parse_decimal(text);
    if (!seconds || *seconds < 1 || *seconds > longest)
        throw BadInput("patience", text, "a number of seconds from 1 to 3600");
    into.patience = std::chrono::seconds(*seconds);
}

constexpr std::array<Key<DaemonConfiguration>, 2> daemon_keys{{{"scripts", take_scripts}, {"patience", take_patience}}};

void take_daemon(const toml::node& value, Configuration& into) {
    const auto* table = value.as_table();
    if (table == nullptr)
        throw BadInput("vifplugd is " + kind_of(value) + ": its keys are a table with the headline [vifplugd]");
    read_table(*table, daemon_keys, into.daemon);
}

constexpr std::array<Key<Configuration>, 2> file_keys{{{"bridge", take_bridges}, {"vifplugd", take_daemon}}};

std::string place(const std::string& file, toml::source_index line) {
    return printable(file) + ":" + std::to_string(line) + ": ";
}

std::string place(const std::string& file, const toml::source_position& at) {
    return printable(file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

/// No more than one byte beyond `longest`, which is how the caller sees that there is more. `name` is for the Error.
std::string read_text(int file, std::size_t longest, const std::string& name) {
    std::string text;
    constexpr std::size_t piece = 4096;
    while (text.size() <= longest) {
        const std::size_t before = text.size();
        text.resize(before + piece);
        const ssize_t length = read(file, text.data() + before, piece);
        const int failure = errno;
        text.resize(before + (length > 0 ? static_cast<std::size_t>(length) : 0));
        if (length == 0)
            break;
        if (length < 0 && failure != EINTR)
            throw Error("read " + printable(name), system_code(failure));
    }
    return text;
}

} // namespace

std::string config_path(const Environment& environment) {
    const std::string path = environment("VIFPLUG_CONFIG").value_or("");
    return path.empty() ? "/etc/xen/vifplug.toml" : path;
}

Configuration parse_configuration(std::string_view text, const std::string& file) {
    try {
        Configuration configuration;
        read_table(toml::parse(text), file_keys, configuration);
        return configuration;
    } catch (const toml::parse_error& error) {
        throw BadInput(place(file, error.source().begin) + printable(error.description()));
    } catch (const RefusedAt& refused) {
        throw BadInput(place(file, refused.line()) + refused.what());
    }
}

Configuration read_configuration(const std::string& path) {
    try {
        return read_named_configuration(path);
    } catch (const Error& error) {
        if (error.code() != std::errc::no_such_file_or_directory)
            throw;
        return {};
    }
}

Configuration read_named_configuration(const std::string& path) {
    constexpr std::size_t longest = 1048576;
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        throw Error("read " + printable(path), system_code(errno));
    const std::string text = read_text(file.get(), longest, path);
    if (text.size() > longest)
        throw BadInput(printable(path) + ": a configuration has at most 1 MiB");
    return parse_configuration(text, path);
}

} // namespace vifplug
