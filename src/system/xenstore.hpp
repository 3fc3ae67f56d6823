// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"
#include "system/store.hpp"
#include "system/xenstore_handle.hpp"

#include <cstdint>

namespace vifplug {

/// The xenstored of this host, or of the host this driver domain runs on.
class Xenstore final : public Store {
  public:
    /// Connects, as open_xenstore() does. Throws Error.
    explicit Xenstore(Deadline& deadline);

    /// Whether xenstored is still at the other end. True for the kernel's device, behind which nobody can be seen.
    bool is_connected() const;

    /// That a question found it is not. Asks nobody.
    bool has_failed() const { return is_broken_; }

    std::optional<std::string> read(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& directory) override;
    Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes,
                         const std::vector<NodeValue>& expected = {}) override;

  private:
    std::error_code code_of_failure();
    std::optional<std::string> read_in(std::uint32_t transaction, const std::string& path);
    std::optional<std::vector<std::string>> list_in(std::uint32_t transaction, const std::string& directory);
    std::vector<std::string> make_all(std::uint32_t transaction, const std::vector<NodeChange>& changes);
    XenstoreHandle connection_;
    bool is_broken_ = false; ///< asked at each failure: the descriptor's number may be another file's afterwards
};

} // namespace vifplug
