// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/deadline.hpp"
#include "system/xenstore_handle.hpp"

#include <optional>
#include <string>

namespace vifplug {

/// A watch in xenstore, on a connection of its own: on one that is also asked, an event could arrive with an answer,
/// and then its descriptor would not tell of it.
class StoreWatch {
  public:
    /// Watches the path, relative to the own domain, and all that is below it. The first event comes at once. Throws
    /// Error.
    StoreWatch(const std::string& path, Deadline& deadline);

    /// Readable when there is an event, or xenstored has gone away. Not to be read from.
    int descriptor() const { return connection_.descriptor; }

    /// The path of the next event; nothing when there is none. Never waits. Throws Error when xenstored is gone.
    std::optional<std::string> next();

  private:
    XenstoreHandle connection_;
};

} // namespace vifplug
