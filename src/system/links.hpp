// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/link.hpp"
#include "core/step.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vifplug {

/// The netdevs of one network namespace. Every call throws Error when the kernel refuses or does not answer.
class Links {
  public:
    Links() = default;
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    virtual ~Links() = default;

    /// Nothing when no netdev has the name, or the number. A name longer than the kernel's names is nobody's.
    virtual std::optional<Link> find(const std::string& name) = 0;
    virtual std::optional<Link> find(IfIndex index) = 0;

    /// Every bridge (the kernel's own, not Open vSwitch's), in no order.
    virtual std::vector<Link> bridges() = 0;

    /// The addresses of one netdev in the order the kernel lists them; none when the netdev is gone.
    virtual std::vector<Address> addresses(IfIndex index) = 0;

    /// Makes the one change. On Error nothing was changed.
    virtual void perform(const Step& step) = 0;
};

} // namespace vifplug
