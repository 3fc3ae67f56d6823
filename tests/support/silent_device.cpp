// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/silent_device.hpp"

#include "support/command.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace vifplug::test {

SilentDevice::SilentDevice() : other_end_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (other_end_ < 0 || grantpt(other_end_) != 0 || unlockpt(other_end_) != 0)
        throw std::system_error(errno, std::generic_category(), "make a device");
    must({"/bin/sh", "-c",
          std::string("mkdir -p /run/dev/xen && : >/run/dev/null && : >/run/dev/xen/xenbus && mount --bind ") +
              ptsname(other_end_) +
              " /run/dev/xen/xenbus && mount --bind /dev/null /run/dev/null && mount --rbind /run/dev /dev"});
}

SilentDevice::~SilentDevice() {
    close(other_end_);
}

} // namespace vifplug::test
