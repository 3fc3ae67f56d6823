// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace vifplug::bench {

/// One end of a TCP connection that sends a known sequence of bytes and checks that the same one comes in.
class TransferEnd {
  public:
    explicit TransferEnd(int socket) : socket_(socket) {}

    /// What fits of one piece; that nothing does is no fault.
    void send_piece();

    /// All that is there; true when there was something. A wrong byte, an error and the connection's end make the
    /// transfer dead for good.
    bool receive();

    bool is_alive() const { return alive_; }

    int socket() const { return socket_; }

  private:
    int socket_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    bool alive_ = true;
};

/// A connection of the remote host with dom0, both ends of it.
class Transfer {
  public:
    Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer();

    TransferEnd& remote_end() { return remote_; }
    TransferEnd& dom0_end() { return dom0_; }
    bool is_alive() const { return remote_.is_alive() && dom0_.is_alive(); }

  private:
    TransferEnd remote_;
    TransferEnd dom0_;
};

} // namespace vifplug::bench
