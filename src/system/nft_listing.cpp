// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/nft_listing.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace vifplug {

namespace {

using nlohmann::json;
using Kind = FilterBinding::Kind;

constexpr int deepest = 64; ///< nft nests a few levels; a listing that is deeper is none

[[noreturn]] void refuse_listing(const std::string& detail) {
    throw Error("read the list of nft rules", system_code(EBADMSG), detail);
}

/// The member, null when it is not there or `value` is no object.
const json& member(const json& value, const char* key) {
    static const json nothing;
    if (!value.is_object())
        return nothing;
    const auto found = value.find(key);
    return found == value.end() ? nothing : *found;
}

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : std::string();
}

bool is_text(const json& value, std::string_view text) {
    return value.is_string() && value.get_ref<const std::string&>() == text;
}

// --- what an expression or a type is ---------------------------------------------------------------------------------

/// True for an expression whose value is an interface's number.
bool gives_number(const json& expression) {
    const json& key = member(member(expression, "meta"), "key");
    if (is_text(key, "iif") || is_text(key, "oif") || is_text(key, "sdif"))
        return true;
    return is_text(member(member(expression, "fib"), "result"), "oif");
}

bool is_or_has_number(const json& expression, int depth = 0) {
    if (depth > deepest)
        refuse_listing("nested too deeply");
    if (gives_number(expression))
        return true;
    return expression.is_structured() && std::any_of(expression.begin(), expression.end(), [&](const json& inner) {
               return is_or_has_number(inner, depth + 1);
           });
}

/// For each part of a key (of its concatenation, or the one) whether it is an interface's number. A calculation with
/// one is a number itself.
std::vector<bool> parts_of_expression(const json& expression) {
    const json& concat = member(expression, "concat");
    if (!concat.is_array())
        return {is_or_has_number(expression)};
    std::vector<bool> parts;
    for (const json& part : concat)
        parts.push_back(is_or_has_number(part));
    return parts;
}

/// The same for the type of a set: "iface_index", ["iface_index", "inet_service"], or since nftables 1.1 {"typeof": an
/// expression}.
std::vector<bool> parts_of_type(const json& type) {
    if (const json& expression = member(type, "typeof"); !expression.is_null())
        return parts_of_expression(expression);
    if (!type.is_array())
        return {is_text(type, "iface_index")};
    std::vector<bool> parts;
    for (const json& part : type)
        parts.push_back(is_text(part, "iface_index"));
    return parts;
}

// --- what a constant names -------------------------------------------------------------------------------------------

/// True when the value can stand for the netdev: its name, or what one cannot tell (a range, a prefix).
bool may_be(const json& value, const std::string& netdev) {
    return is_text(value, netdev) || member(value, "range").is_array() || member(value, "prefix").is_object();
}

/// An element without its timeout and comment.
const json& bare(const json& element) {
    const json& inner = member(member(element, "elem"), "val");
    return inner.is_null() ? element : inner;
}

/// A key's constant: one value, or the parts of a concatenation.
bool key_names(const json& key, const std::vector<bool>& parts, const std::string& netdev) {
    const json& plain = bare(key);
    const json& concat = member(plain, "concat");
    if (!concat.is_array())
        return parts.size() == 1 && parts[0] && may_be(plain, netdev);
    for (std::size_t i = 0; i < concat.size() && i < parts.size(); ++i)
        if (parts[i] && may_be(concat[i], netdev))
            return true;
    return false;
}

bool has_parts(const std::vector<bool>& parts) {
    return std::find(parts.begin(), parts.end(), true) != parts.end();
}

/// What a comparison's right side, or a map's data, lists: {"set": [...]}, or one value.
std::vector<const json*> listed(const json& value) {
    std::vector<const json*> all;
    const json& set = member(value, "set");
    if (set.is_array())
        for (const json& element : set)
            all.push_back(&element);
    else
        all.push_back(&value);
    return all;
}

// --- rules -----------------------------------------------------------------------------------------------------------

/// True when the two sides can be compared value by value: the key is a number itself and no calculation with it.
bool is_plain_key(const json& left) {
    const json& concat = member(left, "concat");
    if (!concat.is_array())
        return gives_number(left);
    return std::all_of(concat.begin(), concat.end(),
                       [](const json& part) { return gives_number(part) || !is_or_has_number(part); });
}

bool match_names(const json& match, const std::string& netdev) {
    const json& left = member(match, "left");
    const json& right = member(match, "right");
    const std::vector<bool> parts = parts_of_expression(left);
    if (!has_parts(parts))
        return false;
    const json& op = member(match, "op");
    const bool same_or_not = is_text(op, "==") || is_text(op, "!=") || is_text(op, "in");
    if (!same_or_not || !is_plain_key(left))
        return true;
    const auto values = listed(right);
    return std::any_of(values.begin(), values.end(),
                       [&](const json* value) { return key_names(*value, parts, netdev); });
}

/// {"key": ..., "data": {"set": [[key, value], ...]}}, of a map and of a vmap. A named map speaks for itself.
bool map_names(const json& map, const std::string& netdev) {
    const std::vector<bool> parts = parts_of_expression(member(map, "key"));
    if (!has_parts(parts))
        return false;
    const auto pairs = listed(member(map, "data"));
    return std::any_of(pairs.begin(), pairs.end(), [&](const json* pair) {
        return pair->is_array() && !pair->empty() && key_names(pair->front(), parts, netdev);
    });
}

/// The device that dup and fwd send to: a constant, or a map's values.
bool device_names(const json& device, const std::string& netdev) {
    if (may_be(device, netdev))
        return true;
    const auto pairs = listed(member(member(device, "map"), "data"));
    return std::any_of(pairs.begin(), pairs.end(), [&](const json* pair) {
        return pair->is_array() && pair->size() > 1 && may_be((*pair)[1], netdev);
    });
}

/// Looks at every statement and expression of a rule, however deep.
bool expression_names(const json& value, const std::string& netdev, int depth = 0) {
    if (depth > deepest)
        refuse_listing("nested too deeply");
    if (value.is_object())
        for (const auto& [key, inner] : value.items())
            if ((key == "match" && match_names(inner, netdev)) ||
                ((key == "map" || key == "vmap") && map_names(inner, netdev)) ||
                ((key == "dup" || key == "fwd") && device_names(member(inner, "dev"), netdev)))
                return true;
    return value.is_structured() && std::any_of(value.begin(), value.end(), [&](const json& inner) {
               return expression_names(inner, netdev, depth + 1);
           });
}

// --- sets and maps ---------------------------------------------------------------------------------------------------

/// Elements are keys; a map's are pairs [key, value].
bool elements_name(const json& set, const std::string& netdev) {
    const std::vector<bool> key_parts = parts_of_type(member(set, "type"));
    const std::vector<bool> value_parts = parts_of_type(member(set, "map"));
    const json& elements = member(set, "elem");
    return elements.is_array() && std::any_of(elements.begin(), elements.end(), [&](const json& element) {
               if (!element.is_array())
                   return key_names(element, key_parts, netdev);
               return (!element.empty() && key_names(element[0], key_parts, netdev)) ||
                      (element.size() > 1 && key_names(element[1], value_parts, netdev));
           });
}

FilterBinding binding(Kind kind, const json& object) {
    const json& handle = member(object, "handle");
    const bool is_rule = kind == Kind::rule;
    return {.kind = kind,
            .family = text_of(member(object, "family")),
            .table = text_of(member(object, "table")),
            .name = text_of(member(object, is_rule ? "chain" : "name")),
            .handle = is_rule && handle.is_number_unsigned() ? handle.get<std::uint64_t>() : 0,
            .text = ""};
}

// --- the listing in text ---------------------------------------------------------------------------------------------

/// The line that a text starts with; takes it, and its end, off.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

/// The lines that follow the table's first; empty when it is not there. Whether others follow them does not matter.
std::string_view from_table(std::string_view listing, const FilterBinding& rule) {
    const std::string head = "table " + rule.family + " " + rule.table + " {";
    while (!listing.empty())
        if (take_line(listing).starts_with(head))
            return listing;
    return {};
}

} // namespace

std::vector<FilterBinding> numbered_netdevs(std::string_view text, const std::string& netdev) {
    const json listing = json::parse(text, nullptr, false);
    const json& objects = member(listing, "nftables");
    if (!objects.is_array())
        refuse_listing("not nft's JSON");
    std::vector<FilterBinding> found;
    for (const json& object : objects) {
        if (const json& rule = member(object, "rule"); expression_names(member(rule, "expr"), netdev))
            found.push_back(binding(Kind::rule, rule));
        if (const json& set = member(object, "set"); elements_name(set, netdev))
            found.push_back(binding(Kind::set, set));
        if (const json& map = member(object, "map"); elements_name(map, netdev))
            found.push_back(binding(Kind::map, map));
    }
    return found;
}

std::string rule_text(std::string_view listing, const FilterBinding& rule) {
    constexpr std::string_view rule_indent = "\t\t";
    const std::string tail = " # handle " + std::to_string(rule.handle);
    std::string text;
    for (std::string_view rest = from_table(listing, rule); !rest.empty();) {
        std::string_view line = take_line(rest);
        if (line == "}") // the table's end
            break;
        const std::size_t indent = line.find_first_not_of("\t ");
        if (!line.starts_with(rule_indent) || indent == std::string_view::npos) {
            text.clear();
            continue;
        }
        // A rule is one line, and further ones that are indented more where nft breaks a long list.
        if (indent == rule_indent.size())
            text.clear();
        else
            text += ' ';
        text += line.substr(indent);
        if (text.ends_with(tail))
            return text.substr(0, text.size() - tail.size());
    }
    return "";
}

} // namespace vifplug
