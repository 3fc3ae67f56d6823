// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/backend_report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// xenstore, as much of it as placing a vif needs. Relative paths are resolved by xenstored below the caller's own
/// domain. Every call throws Error when xenstored refuses or does not answer.
class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// The node's bytes; nothing when it does not exist.
    virtual std::optional<std::string> read(const std::string& path) = 0;

    /// The names of the nodes directly below `directory`, in no order; nothing when it does not exist.
    virtual std::optional<std::vector<std::string>> list(const std::string& directory) = 0;

    struct Changed {
        bool directory_was_there = true;
        bool was_as_expected = true;
        std::vector<std::string> refused; ///< a sentence for each change that may be refused and was
    };

    /// Makes all changes in one transaction, provided that `directory` exists: a node that is gone is not made again.
    /// Nor is one for another half that is gone. Removing a node that is not there is no failure.
    /// None is made unless all of `expected` is so at that moment.
    virtual Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                                 const std::vector<NodeValue>& expected = {}) = 0;
};

} // namespace vifplug
