// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "core/error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <fcntl.h>

namespace vifplug {

/// Tells when a descriptor that belongs to somebody else is readable.
class Readiness {
  public:
    /// Throws Error when there are no more descriptors.
    Readiness(boost::asio::io_context& context, int descriptor) : descriptor_(context, copy_of(descriptor)) {}

    /// Calls `then` once.
    template <class Then>
    void wait(Then then) {
        descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                               [then](const boost::system::error_code& failed) {
                                   if (!failed)
                                       then();
                               });
    }

  private:
    static int copy_of(int descriptor) {
        const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            throw Error("wait for a descriptor", system_code(errno));
        return copy;
    }

    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace vifplug
