// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace vifplug::test {

/// The kernel's device /dev/xen/xenbus as it is while xenstored is away: it takes what is asked and never answers. For
/// a sandbox, whose /dev holds nothing else but /dev/null from then on.
class SilentDevice {
  public:
    SilentDevice();
    SilentDevice(const SilentDevice&) = delete;
    SilentDevice& operator=(const SilentDevice&) = delete;
    ~SilentDevice();

  private:
    int other_end_;
};

} // namespace vifplug::test
