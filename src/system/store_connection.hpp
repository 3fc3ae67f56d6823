// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/store.hpp"
#include "system/store_watch.hpp"
#include "system/xenstore.hpp"

#include <optional>

namespace vifplug {

/// The store for a program that outlives xenstored: a connection that may be gone, and comes back when it is asked to.
class StoreConnection final : public Store {
  public:
    /// Connects anew and watches `path`. Throws Error.
    void open(const std::string& path, Deadline& deadline);

    void close();

    bool is_open() const;

    /// That a question found it broken. Asks nobody.
    bool has_failed() const;

    /// Of an open one.
    StoreWatch& watch() { return *watch_; }

    // These throw Error when the connection is closed.
    std::optional<std::string> read(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& directory) override;
    Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                         const std::vector<NodeValue>& expected = {}) override;

  private:
    Xenstore& store();

    std::optional<Xenstore> store_;
    std::optional<StoreWatch> watch_;
};

} // namespace vifplug
