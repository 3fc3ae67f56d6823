// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// The nodes of one directory as they were read, each once. The first question lists the directory, so that a node
/// that is not there costs no question of its own. What is written through it, or reported by a watch with forget(),
/// is read again. Paths elsewhere are always asked for.
class StoreCopy final : public Store {
  public:
    StoreCopy(Store& store, std::string directory) : store_(store), directory_(std::move(directory)) {}

    /// Whether the directory is there.
    bool exists();

    std::optional<std::string> read(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& directory) override;
    Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                         const std::vector<NodeValue>& expected = {}) override;

    /// Something has happened to the node of this name; an empty name is the directory itself, and all in it.
    void forget(const std::string& key);

  private:
    std::optional<std::string> key_of(const std::string& path) const;
    void look();

    Store& store_;
    std::string directory_;
    bool listed_ = false;
    bool there_ = false;
    std::map<std::string, std::optional<std::string>, std::less<>> nodes_; ///< no value: there, and not read yet
};

} // namespace vifplug
