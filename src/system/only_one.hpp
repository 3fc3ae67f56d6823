// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "system/unique_fd.hpp"

#include <string>

namespace vifplug {

/// Of the processes that hold one for the same path, there is one. The file bears its process id; it stays when the
/// process is gone, and means nothing then.
class OnlyOne {
  public:
    /// `program` is what the refusal calls the other one. Throws BadInput when there is another, Error when the file
    /// cannot be had.
    OnlyOne(const std::string& path, const std::string& program);

  private:
    UniqueFd file_;
};

} // namespace vifplug
