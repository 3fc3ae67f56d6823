// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake/fake_store.hpp"

#include "core/error.hpp"

#include <cerrno>

namespace vifplug::test {

namespace {

/// As xenstored resolves it for domain 0.
std::string absolute(const std::string& path) {
    return path.starts_with('/') ? path : "/local/domain/0/" + path;
}

} // namespace

void FakeStore::answer(const std::string& tried) const {
    if (failure_ != 0)
        throw Error(tried + " in xenstore", system_code(failure_));
}

std::optional<std::string> FakeStore::read(const std::string& path) {
    answer("read " + path);
    const auto found = nodes_.find(absolute(path));
    return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::vector<std::string>> FakeStore::list(const std::string& directory) {
    answer("list " + directory);
    const std::string full = absolute(directory);
    if (!nodes_.contains(full))
        return std::nullopt;
    std::vector<std::string> names;
    for (const auto& [path, value] : nodes_)
        if (path.starts_with(full + "/") && path.find('/', full.size() + 1) == std::string::npos)
            names.push_back(path.substr(full.size() + 1));
    return names;
}

Store::Changed FakeStore::change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                                       const std::vector<NodeValue>& expected) {
    answer("start a xenstore transaction");
    Changed changed;
    if (!leaves_.empty())
        remove(leaves_);
    if (!nodes_.contains(absolute(directory))) {
        changed.directory_was_there = false;
        return changed;
    }
    for (const NodeValue& node : expected)
        changed.was_as_expected = changed.was_as_expected && read(node.path) == node.value;
    if (!changed.was_as_expected)
        return changed;
    const auto before = nodes_;
    const auto is_there = [&](const std::string& path) { return nodes_.contains(absolute(path)); };
    for (const NodeChange& change : changes) {
        if (change.unless_gone && is_gone(*change.unless_gone, is_there))
            continue;
        if (change.only_when_empty && !list(change.path).value_or(std::vector<std::string>()).empty())
            continue;
        if (!denied_.contains(change.path)) {
            change.value ? write(change.path, *change.value) : remove(change.path);
            continue;
        }
        const Error error(describe(change) + " in xenstore", system_code(EACCES));
        if (!change.may_be_refused) {
            nodes_ = before;
            throw Error(error);
        }
        changed.refused.emplace_back(error.what());
    }
    return changed;
}

void FakeStore::write(const std::string& path, const std::string& value) {
    const std::string full = absolute(path);
    for (std::size_t slash = full.find('/', 1); slash != std::string::npos; slash = full.find('/', slash + 1))
        nodes_.insert({full.substr(0, slash), ""});
    nodes_[full] = value;
}

void FakeStore::remove(const std::string& path) {
    const std::string full = absolute(path);
    std::erase_if(nodes_, [&](const auto& node) { return node.first == full || node.first.starts_with(full + "/"); });
}

} // namespace vifplug::test
