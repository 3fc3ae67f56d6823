// SPDX-License-Identifier: LGPL-2.1-or-later
#include "core/call_words.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vifplug {

namespace {

/// Also "--word=value": taking a mistyped --dry-run=yes for an assignment would change what it promised to leave.
bool is_option(std::string_view word) {
    return word.starts_with("--");
}

bool is_assignment(std::string_view word) {
    const std::size_t equals = word.find('=');
    return !is_option(word) && equals != std::string_view::npos && equals > 0;
}

bool is_bare(std::string_view word) {
    return !is_option(word) && !is_assignment(word);
}

std::vector<std::string_view> those_of(std::span<const std::string_view> words, bool (*wanted)(std::string_view)) {
    std::vector<std::string_view> found;
    std::copy_if(words.begin(), words.end(), std::back_inserter(found), wanted);
    return found;
}

} // namespace

CallWords::CallWords(std::span<const std::string_view> words, Environment environment)
    : words_(words), environment_(std::move(environment)) {}

std::optional<std::string> CallWords::command() const {
    const auto found = std::find_if(words_.begin(), words_.end(), is_bare);
    return found == words_.end() ? std::nullopt : std::optional<std::string>(*found);
}

std::vector<std::string_view> CallWords::bare_words() const {
    return those_of(words_, is_bare);
}

std::vector<std::string_view> CallWords::options() const {
    return those_of(words_, is_option);
}

bool CallWords::has_option(std::string_view option) const {
    return std::find(words_.begin(), words_.end(), option) != words_.end();
}

std::optional<std::string> CallWords::value(std::string_view name) const {
    for (std::size_t i = words_.size(); i-- > 0;) {
        const std::string_view word = words_[i];
        if (word.size() > name.size() && word[name.size()] == '=' && word.starts_with(name))
            return std::string(word.substr(name.size() + 1));
    }
    return environment_(name);
}

bool CallWords::is_on(std::string_view name) const {
    const auto text = value(name);
    if (!text || text->empty() || *text == "0")
        return false;
    if (*text != "1")
        throw BadInput(name, *text, "0 or 1");
    return true;
}

std::vector<std::string> CallWords::assignments() const {
    const auto found = those_of(words_, is_assignment);
    return {found.begin(), found.end()};
}

} // namespace vifplug
