// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/store_copy.hpp"

namespace vifplug {

std::optional<std::string> StoreCopy::key_of(const std::string& path) const {
    if (path.size() <= directory_.size() + 1 || !path.starts_with(directory_) || path[directory_.size()] != '/')
        return std::nullopt;
    std::string key = path.substr(directory_.size() + 1);
    return key.find('/') == std::string::npos ? std::optional(std::move(key)) : std::nullopt;
}

void StoreCopy::look() {
    if (listed_)
        return;
    const auto names = store_.list(directory_);
    nodes_.clear();
    there_ = names.has_value();
    if (names)
        for (const std::string& name : *names)
            nodes_.emplace(name, std::nullopt);
    listed_ = true;
}

bool StoreCopy::exists() {
    look();
    return there_;
}

std::optional<std::string> StoreCopy::read(const std::string& path) {
    const auto key = key_of(path);
    if (!key)
        return store_.read(path);
    look();
    const auto node = nodes_.find(*key);
    if (node == nodes_.end())
        return std::nullopt;
    if (!node->second) {
        node->second = store_.read(path);
        if (!node->second) { // removed since it was listed
            nodes_.erase(node);
            return std::nullopt;
        }
    }
    return node->second;
}

std::optional<std::vector<std::string>> StoreCopy::list(const std::string& directory) {
    return store_.list(directory);
}

Store::Changed StoreCopy::change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                                       const std::vector<NodeValue>& expected) {
    for (const NodeChange& change : changes)
        if (const auto key = key_of(change.path))
            forget(*key);
    Changed changed = store_.change_below(directory, changes, expected);
    if (!changed.directory_was_there || !changed.was_as_expected)
        forget("");
    return changed;
}

void StoreCopy::forget(const std::string& key) {
    if (key.empty() || !there_)
        listed_ = false;
    else
        nodes_[key].reset(); // there or not, the next reader will know
}

} // namespace vifplug
