// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"
#include "system/store.hpp"

#include <cstdint>
#include <memory>

struct xs_handle;

namespace vifplug {

/// The xenstored of this host, or of the host this driver domain runs on.
class Xenstore final : public Store {
  public:
    /// Connects to the daemon's socket (XENSTORED_PATH and XENSTORED_RUNDIR move it), else to the kernel's device, as
    /// a driver domain has to. Behind the device there may be nobody, so its first answer has to come within a
    /// second; the deadline starts anew after that. Throws Error.
    explicit Xenstore(Deadline& deadline);

    std::optional<std::string> read(const std::string& path) override;
    Changed change_below(const std::string& directory, const std::vector<NodeChange>& changes) override;

  private:
    std::optional<std::string> read_in(std::uint32_t transaction, const std::string& path);
    std::vector<std::string> make_all(std::uint32_t transaction, const std::vector<NodeChange>& changes);
    void connect(unsigned long flags);

    struct Close {
        void operator()(xs_handle* handle) const noexcept;
    };
    std::unique_ptr<xs_handle, Close> handle_;
    int descriptor_ = -1; ///< handle_'s connection
};

} // namespace vifplug
