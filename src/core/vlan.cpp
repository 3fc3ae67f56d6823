// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/vlan.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace vifplug {

namespace {

constexpr std::string_view rule_of_ids = "a VLAN is a number from 1 to 4094";
constexpr std::string_view rule_of_terms = "a term is V, V1-V2 or V+OFFSETxCOUNT, then u, or p behind a single V";

std::optional<VlanId> to_id(std::uint32_t number) {
    return number >= first_vlan && number <= last_vlan ? std::optional(VlanId(number)) : std::nullopt;
}

/// "vlan='10/4095': in '4095' a VLAN is ..."
[[noreturn]] void refuse(std::string_view key, std::string_view text, std::string_view term, std::string_view rule) {
    if (term == text)
        throw BadInput(key, text, rule);
    throw BadInput(key, text, "in " + in_quotes(term) + ", " + std::string(rule));
}

/// One term of a list, taken apart from left to right.
class Term {
  public:
    Term(std::string_view key, std::string_view text, std::string_view term)
        : key_(key), text_(text), term_(term), rest_(term) {}

    std::string_view term() const { return term_; }
    bool takes(char c) {
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::uint32_t number() {
        const std::string_view digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
        const auto number = parse_decimal(digits);
        if (digits.empty())
            refuse(rule_of_terms);
        rest_.remove_prefix(digits.size());
        if (!number)
            refuse(rule_of_ids);
        return *number;
    }

    VlanId id() {
        const auto found = to_id(number());
        if (!found)
            refuse(rule_of_ids);
        return *found;
    }

    void end() const {
        if (!rest_.empty())
            refuse(rule_of_terms);
    }

    [[noreturn]] void refuse(std::string_view rule) const { vifplug::refuse(key_, text_, term_, rule); }

  private:
    std::string_view key_, text_, term_, rest_;
};

/// A VLAN that must not be in the list yet.
void add_new(VlanList& list, VlanId id, Tagging tagging, const Term& term) {
    if (list.has(id))
        term.refuse("VLAN " + std::to_string(id.number()) + " is there more than once");
    list.add(id, tagging);
}

std::vector<VlanId> range(VlanId first, VlanId last, const Term& term) {
    if (last < first)
        term.refuse("a range goes from the lower to the higher VLAN");
    std::vector<VlanId> ids;
    for (unsigned number = first.number(); number <= last.number(); ++number)
        ids.emplace_back(number);
    return ids;
}

std::vector<VlanId> series(VlanId first, std::uint32_t offset, std::uint32_t count, const Term& term) {
    if (offset == 0 && count != 0)
        term.refuse("VLAN " + std::to_string(first.number()) + " is there more than once");
    std::vector<VlanId> ids{first};
    for (std::uint32_t i = 1; i <= count; ++i) {
        const auto id = offset <= last_vlan ? to_id(ids.back().number() + offset) : std::nullopt;
        if (!id)
            term.refuse("the series goes beyond VLAN 4094");
        ids.push_back(*id);
    }
    return ids;
}

void read_term(Term term, VlanList& list) {
    const VlanId first = term.id();
    if (term.takes('p')) {
        term.end();
        if (list.pvid())
            term.refuse("there is another PVID, " + std::to_string(list.pvid()->number()) + ", and a port has one");
        add_new(list, first, Tagging::untagged, term);
        list.set_pvid(first);
        return;
    }
    std::vector<VlanId> ids{first};
    if (term.takes('-')) {
        ids = range(first, term.id(), term);
    } else if (term.takes('+')) {
        const std::uint32_t offset = term.number();
        if (!term.takes('x'))
            term.refuse("a series is V+OFFSETxCOUNT");
        ids = series(first, offset, term.number(), term);
    }
    const Tagging tagging = term.takes('u') ? Tagging::untagged : Tagging::tagged;
    term.end();
    for (const VlanId id : ids)
        add_new(list, id, tagging, term);
}

std::vector<std::string_view> split_at(char divider, std::string_view text) {
    std::vector<std::string_view> pieces;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(divider, start), text.size());
        pieces.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return pieces;
}

VlanRange range_of(const VlanList& list, VlanId id) {
    return {id, id, list.tagging(id), list.pvid() == id};
}

/// Puts VLANs that come in order together.
void append(std::vector<VlanRange>& ranges, const VlanRange& next) {
    if (!ranges.empty()) {
        VlanRange& last = ranges.back();
        if (last.last.number() + 1 == next.first.number() && last.tagging == next.tagging && !last.pvid && !next.pvid) {
            last.last = next.last;
            return;
        }
    }
    ranges.push_back(next);
}

template <class Wanted>
std::vector<VlanRange> those(const VlanList& list, Wanted wanted) {
    std::vector<VlanRange> ranges;
    for (unsigned number = first_vlan; number <= last_vlan; ++number) {
        const VlanId id(number);
        if (list.has(id) && wanted(id))
            append(ranges, range_of(list, id));
    }
    return ranges;
}

/// The VLAN behind the last dot of `xenbr0.10`, and what is before it.
std::optional<std::pair<std::string_view, VlanId>> split_off_access(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0)
        return std::nullopt;
    const auto number = parse_decimal(name.substr(dot + 1));
    const auto id = number ? to_id(*number) : std::nullopt;
    return id ? std::optional(std::pair(name.substr(0, dot), *id)) : std::nullopt;
}

} // namespace

VlanId::VlanId(unsigned number) : number_(static_cast<std::uint16_t>(number)) {
    if (number < first_vlan || number > last_vlan)
        throw std::invalid_argument("VlanId");
}

VlanList VlanList::access(VlanId id) {
    VlanList list;
    list.set_pvid(id);
    return list;
}

std::optional<VlanId> VlanList::pvid() const {
    return pvid_ == 0 ? std::nullopt : std::optional(VlanId(pvid_));
}

Tagging VlanList::tagging(VlanId id) const {
    return untagged_.test(id.number()) ? Tagging::untagged : Tagging::tagged;
}

void VlanList::add(VlanId id, Tagging tagging) {
    members_.set(id.number());
    untagged_.set(id.number(), tagging == Tagging::untagged);
}

void VlanList::remove(VlanId id) {
    members_.reset(id.number());
    untagged_.reset(id.number());
    if (pvid_ == id.number())
        pvid_ = 0;
}

void VlanList::set_pvid(VlanId id) {
    if (!has(id))
        add(id, Tagging::untagged);
    pvid_ = id.number();
}

std::vector<VlanRange> VlanList::ranges() const {
    return those(*this, [](VlanId) { return true; });
}

std::string VlanList::str() const {
    std::string text;
    for (const VlanRange& range : ranges()) {
        text += (text.empty() ? "" : "/") + std::to_string(range.first.number());
        if (range.first != range.last)
            text += "-" + std::to_string(range.last.number());
        if (range.pvid)
            text += range.tagging == Tagging::untagged ? "p" : "p (tagged)";
        else if (range.tagging == Tagging::untagged)
            text += "u";
    }
    return text.empty() ? "none" : text;
}

std::vector<VlanRange> vlans_to_remove(const VlanList& from, const VlanList& to) {
    return those(from, [&](VlanId id) { return !to.has(id); });
}

std::vector<VlanRange> vlans_to_add(const VlanList& from, const VlanList& to) {
    return those(to, [&](VlanId id) { return !from.has(id) || range_of(from, id) != range_of(to, id); });
}

VlanList parse_vlan_terms(std::string_view text, std::string_view key) {
    VlanList list;
    for (const std::string_view term : split_at('/', text))
        read_term(Term(key, text, term), list);
    return list;
}

VlanList parse_vlan_list(std::string_view text, std::string_view key) {
    VlanList list = parse_vlan_terms(text, key);
    if (list.pvid())
        return list;
    if (list.size() > 1)
        throw BadInput(key, text, "one of several VLANs is the PVID, and has a p behind it");
    return VlanList::access(list.ranges().front().first);
}

std::optional<BridgeAndVlans> parse_bridge_and_vlans(std::string_view text) {
    constexpr std::string_view key = "bridge";
    const auto pieces = split_at(':', text);
    const auto access = split_off_access(pieces.front());
    if (!access && pieces.size() == 1)
        return std::nullopt;
    VlanList vlans = access ? VlanList::access(access->second) : VlanList();
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        Term term(key, text, pieces[i]);
        const VlanId id = term.id();
        term.end();
        add_new(vlans, id, Tagging::tagged, term);
    }
    const std::string_view name = access ? access->first : pieces.front();
    return BridgeAndVlans{IfName::parse(key, name), vlans};
}

} // namespace vifplug
