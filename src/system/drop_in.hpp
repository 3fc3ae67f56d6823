// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/call_words.hpp"
#include "core/hotplug_call.hpp"
#include "system/unique_fd.hpp"

#include <memory>
#include <string>

namespace boost::process {
class child;
}

namespace vifplug {

/// A hotplug program at its work for one vif, called as a toolstack calls it (contract 4.3). It goes on when the object
/// ends.
class DropIn {
  public:
    /// `environment` says where the program finds xenstored, run directory and configuration. Throws Error when it
    /// cannot be started.
    DropIn(const std::string& path, VifId id, Verb verb, const Environment& environment);
    DropIn(const DropIn&) = delete;
    DropIn& operator=(const DropIn&) = delete;
    ~DropIn();

    /// Readable when the program has ended.
    int descriptor() const { return process_.get(); }

    /// Of a program that has ended.
    int status();

  private:
    std::unique_ptr<boost::process::child> child_;
    UniqueFd process_;
};

} // namespace vifplug
