// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

namespace vifplug {

/// Tells when a descriptor that belongs to somebody else is readable.
class Readiness {
  public:
    Readiness(boost::asio::io_context& context, int descriptor)
        : descriptor_(context, fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) {}

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
    boost::asio::posix::stream_descriptor descriptor_;
};

} // namespace vifplug
