// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/uplink_call.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace vifplug {

namespace {

constexpr std::array<std::pair<std::string_view, UplinkVerb>, 5> verbs{{{"start", UplinkVerb::start},
                                                                        {"stop", UplinkVerb::stop},
                                                                        {"status", UplinkVerb::status},
                                                                        {"recover", UplinkVerb::recover},
                                                                        {"confirm", UplinkVerb::confirm}}};

void take_bridge(const std::string& text, UplinkRequest& into) {
    if (text == "null")
        throw BadInput("bridge", text, "only alone, where it means that nothing is to be done");
    into.bridge = IfName::parse("bridge", text);
}

/// A key of one NIC's request. An empty text is given to `take` only as a piece of a list, where it is wrong.
struct RequestKey {
    std::string_view name;
    void (*take)(const std::string& text, UplinkRequest& into);
    bool listed; ///< the wrapper has one value per NIC, not one for all
};

constexpr RequestKey netdev_key{
    "netdev", [](const std::string& text, UplinkRequest& into) { into.netdev = parse_netdev(text); }, true};

void take_vlan_filtering(const std::string& text, UplinkRequest& into) {
    into.vlan_filtering = parse_vlan_filtering(text);
}

void take_vlans(const std::string& text, UplinkRequest& into) {
    into.vlans = parse_uplink_vlans(text);
}

constexpr std::array<RequestKey, 7> request_keys{
    {netdev_key,
     {"bridge", take_bridge, true},
     {"vifnum", [](const std::string& text, UplinkRequest& into) { into.vifnum = parse_vifnum(text); }, true},
     {"topology", [](const std::string& text, UplinkRequest& into) { into.topology = parse_topology(text); }, false},
     {"mtu", [](const std::string& text, UplinkRequest& into) { into.mtu = parse_mtu(text, "the NIC"); }, false},
     {"vlan_filtering", take_vlan_filtering, false},
     {"vlans", take_vlans, false}}};

void take_verify(const std::string& text, UplinkCall& into) {
    constexpr unsigned longest = 3600;
    const auto seconds = parse_decimal(text);
    if (!seconds || *seconds > longest)
        throw BadInput("verify", text, "a number of seconds from 0 (off) to 3600");
    into.verify = std::chrono::seconds(*seconds);
}

void take_confirm(const std::string& text, UplinkCall& into) {
    constexpr unsigned longest = 86400;
    const auto seconds = parse_decimal(text);
    if (!seconds || *seconds == 0 || *seconds > longest)
        throw BadInput("confirm", text, "a number of seconds from 1 to 86400");
    into.confirm = std::chrono::seconds(*seconds);
}

void take_firewall(const std::string& text, UplinkCall& into) {
    if (text != "ignore")
        throw BadInput("firewall", text, "only ignore, which goes on in spite of rules bound to the NIC by index");
    into.ignore_firewall = true;
}

void take_antispoof(const std::string& text, UplinkCall&) {
    if (text == "yes")
        throw BadInput("antispoof", text, "not supported yet, and without it guests can send from any address");
    if (text != "no")
        throw BadInput("antispoof", text, "yes or no");
}

/// A key of the whole call. `take` is never given an empty text.
struct CallKey {
    std::string_view name;
    void (*take)(const std::string& text, UplinkCall& into);
};

constexpr std::array<CallKey, 4> call_keys{
    {{"antispoof", take_antispoof}, {"verify", take_verify}, {"confirm", take_confirm}, {"firewall", take_firewall}}};

template <class Keys>
bool has(const Keys& keys, std::string_view name) {
    return std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.name == name; });
}

void refuse_unknown_keys(const CallWords& words) {
    for (const std::string& word : words.assignments()) {
        const std::string name = word.substr(0, word.find('='));
        if (!has(request_keys, name) && !has(call_keys, name))
            throw BadInput("key", name,
                           "one of netdev, bridge, vifnum, topology, mtu, vlan_filtering, vlans, antispoof, verify, "
                           "confirm, firewall");
    }
}

void refuse_unknown_options(const CallWords& words) {
    for (const std::string_view option : words.options())
        if (option != "--dry-run" && option != "--json")
            throw BadInput("option", option, "the options are --dry-run, --json, --help and --version");
}

/// xend divides its network-script at single blanks, so two of them in a row arrive as an empty word.
std::vector<std::string_view> bare_words(const CallWords& words) {
    std::vector<std::string_view> found = words.bare_words();
    std::erase_if(found, [](std::string_view word) { return word.empty(); });
    return found;
}

UplinkVerb parse_verb(const CallWords& words) {
    const auto bare = bare_words(words);
    const std::string_view command = bare.empty() ? "" : bare.front();
    const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const auto& row) { return row.first == command; });
    if (found == verbs.end())
        throw UnknownCommand(command);
    if (bare.size() > 1)
        throw BadInput("word", bare[1], "behind the command " + std::string(command) + " there is only KEY=VALUE");
    return found->second;
}

bool parse_dry_run(const CallWords& words, UplinkVerb verb) {
    const bool wanted = words.has_option("--dry-run") || words.is_on("VIFPLUG_DRY_RUN");
    if (wanted && (verb == UplinkVerb::recover || verb == UplinkVerb::confirm))
        throw BadInput("a dry run is for start and stop: " + std::string(name_of(verb)) + " cannot be tried out");
    return wanted;
}

bool parse_json(const CallWords& words, UplinkVerb verb) {
    const bool wanted = words.has_option("--json");
    if (wanted && verb != UplinkVerb::status)
        throw BadInput("--json is for status: " + std::string(name_of(verb)) +
                       " prints nothing to be read by programs");
    return wanted;
}

std::string value_or_empty(const CallWords& words, std::string_view name) {
    return words.value(name).value_or("");
}

/// All that is not said about a single NIC.
UplinkCall parse_call(const CallWords& words) {
    refuse_unknown_options(words);
    UplinkCall call;
    call.verb = parse_verb(words);
    refuse_unknown_keys(words);
    call.dry_run = parse_dry_run(words, call.verb);
    call.json = parse_json(words, call.verb);
    for (const CallKey& key : call_keys)
        if (const std::string text = value_or_empty(words, key.name); !text.empty())
            key.take(text, call);
    call.nothing_to_do = value_or_empty(words, "bridge") == "null";
    return call;
}

std::vector<std::string> pieces_of(const std::string& list) {
    std::vector<std::string> pieces{""};
    for (const char c : list) {
        if (c == ',')
            pieces.emplace_back();
        else
            pieces.back() += c;
    }
    return pieces;
}

/// The key's value for each of `count` NICs.
std::vector<std::string> values_for(const RequestKey& key, const std::string& text, std::size_t count,
                                    const std::string& netdevs) {
    if (!key.listed)
        return std::vector<std::string>(count, text);
    std::vector<std::string> values = pieces_of(text);
    if (values.size() != count)
        throw BadInput(key.name, text, "as many as in netdev=" + in_quotes(netdevs) + ", divided by commas");
    return values;
}

void take_for_each(const RequestKey& key, const std::string& text, const std::string& netdevs,
                   std::vector<UplinkRequest>& requests) {
    const auto values = values_for(key, text, requests.size(), netdevs);
    for (std::size_t i = 0; i < requests.size(); ++i)
        key.take(values[i], requests[i]);
}

void refuse_repetitions(const CallWords& words, const std::vector<UplinkRequest>& requests) {
    for (auto later = requests.begin(); later != requests.end(); ++later)
        for (auto earlier = requests.begin(); earlier != later; ++earlier)
            if (const auto key = same_in_both(*earlier, *later))
                throw BadInput(*key, value_or_empty(words, *key), "none of them twice");
}

void refuse_keys_without_netdev(const CallWords& words) {
    for (const RequestKey& key : request_keys)
        if (const std::string text = value_or_empty(words, key.name); !text.empty())
            throw BadInput(key.name, text, "goes with netdev=, without which the configuration file says it all");
}

std::vector<UplinkRequest> requests_for(const std::string& netdevs, const CallWords& words) {
    std::vector<UplinkRequest> requests(pieces_of(netdevs).size());
    for (const RequestKey& key : request_keys)
        if (const std::string text = value_or_empty(words, key.name); !text.empty())
            take_for_each(key, text, netdevs, requests);
    for (const UplinkRequest& request : requests)
        refuse_contradictions(request);
    refuse_repetitions(words, requests);
    return requests;
}

/// For a log or a terminal, whatever somebody typed.
std::string shortened(std::string_view command) {
    constexpr std::size_t longest = 64;
    return printable(command.substr(0, longest)) + (command.size() > longest ? "..." : "");
}

} // namespace

std::string_view name_of(UplinkVerb verb) {
    return std::find_if(verbs.begin(), verbs.end(), [&](const auto& row) { return row.second == verb; })->first;
}

UnknownCommand::UnknownCommand(std::string_view command)
    : BadInput("Unknown command: " + shortened(command) +
               "\nValid commands are: start, stop, status, recover, confirm") {}

UplinkCall parse_uplink_call(std::span<const std::string_view> words, const Environment& environment) {
    const CallWords call_words(words, environment);
    UplinkCall call = parse_call(call_words);
    UplinkRequest& request = call.requests.emplace_back();
    if (call.nothing_to_do)
        return call;
    for (const RequestKey& key : request_keys)
        if (const std::string text = value_or_empty(call_words, key.name); !text.empty())
            key.take(text, request);
    refuse_contradictions(request);
    return call;
}

UplinkCall parse_uplink_wrapper_call(std::span<const std::string_view> words, const Environment& environment) {
    const CallWords call_words(words, environment);
    UplinkCall call = parse_call(call_words);
    if (call.nothing_to_do)
        return call;
    const std::string netdevs = value_or_empty(call_words, netdev_key.name);
    if (netdevs.empty())
        refuse_keys_without_netdev(call_words);
    else
        call.requests = requests_for(netdevs, call_words);
    return call;
}

} // namespace vifplug
