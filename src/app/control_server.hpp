// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

namespace vifplug {

/// Answers who asks at a socket that only root can open: a line in, an answer out, and the connection ends. Whoever
/// says nothing is not waited for longer than some seconds, and holds up nobody.
class ControlServer {
  public:
    using Answer = std::function<std::string(const std::string& line)>;

    /// A socket that is there already is one of a process that is gone: the caller knows that there is no other.
    /// Throws Error, and BadInput where the path is too long for a socket.
    ControlServer(boost::asio::io_context& context, const std::string& path, Answer answer);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

  private:
    void accept();
    void accept_later();

    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer next_accept_;
    std::string path_;
    Answer answer_;
};

} // namespace vifplug
