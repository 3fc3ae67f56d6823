// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/store.hpp"

#include <map>
#include <set>

namespace vifplug::test {

/// A store in memory, with a store's tree: writing a node makes the directories above it, removing one takes what is
/// below along. What it answers is pinned by tests/contract, which runs the same expectations on a xenstored.
class FakeStore final : public Store {
  public:
    std::optional<std::string> read(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& directory) override;
    Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                         const std::vector<NodeValue>& expected = {}) override;

    void write(const std::string& path, const std::string& value);
    void remove(const std::string& path);

    /// Writes to this path are refused with EACCES.
    void deny(const std::string& path) { denied_.insert(path); }

    /// The directory is removed just before the next change below it.
    void remove_before_change(const std::string& directory) { leaves_ = directory; }

    /// Every call from now on fails with this errno value; 0 ends it.
    void fail(int errno_value) { failure_ = errno_value; }

    const std::map<std::string, std::string>& nodes() const { return nodes_; }

  private:
    void answer(const std::string& tried) const;

    std::map<std::string, std::string> nodes_;
    std::set<std::string> denied_;
    int failure_ = 0;
    std::string leaves_;
};

} // namespace vifplug::test
