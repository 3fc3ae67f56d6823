// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

struct xs_handle;

namespace vifplug::bench {

struct CloseStore {
    void operator()(xs_handle* handle) const noexcept;
};
using StoreHandle = std::unique_ptr<xs_handle, CloseStore>;

/// A connection of dom0's toolstack.
class StoreClient {
  public:
    /// Throws std::runtime_error where there is no xenstored, as all below when it refuses.
    StoreClient();

    /// Inside of transaction() it is part of that.
    void write(const std::string& path, std::string_view value);
    void remove(const std::string& path);
    std::string read(const std::string& path); ///< empty where there is no such node

    /// `what` may be called again, where somebody else was faster.
    void transaction(const std::function<void()>& what);

  private:
    StoreHandle store_;
    unsigned transaction_ = 0;
};

/// Hears of the nodes hotplug-status below backend/vif.
class StatusWatch {
  public:
    explicit StatusWatch(StoreClient& client);

    /// Takes what there is. xenstored compares each new event with all that were not taken yet.
    void hear();

    /// Until the status of so many vifs was written since the last time. Throws std::runtime_error after a while.
    void await(std::size_t count);

  private:
    void forget();
    bool take();
    void wait();

    StoreClient& client_;
    int descriptor_; ///< of the watch
    StoreHandle watch_;
    std::string last_; ///< path of the event that was taken last
    std::unordered_set<std::string> seen_;
};

} // namespace vifplug::bench
