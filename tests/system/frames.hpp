// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace vifplug::test {

/// An Ethernet frame. Its tags are words, the outermost first: "20" is 802.1Q's VLAN 20, "ad20" the same of 802.1ad,
/// "10 20" is 20 inside of 10, and "untagged" is none.
struct Frame {
    std::string tags;
    std::string payload;
};

inline const std::string everybody = "ff:ff:ff:ff:ff:ff";

/// Sends frames out of a netdev and receives those that come in by it: a guest when it is a vif's other end. The frames
/// are of an Ethernet type of their own; those of anybody else are passed over, and so are those that it sent.
class FrameSocket {
  public:
    /// Throws std::system_error, as all of it does.
    explicit FrameSocket(const std::string& netdev);
    FrameSocket(const FrameSocket&) = delete;
    FrameSocket& operator=(const FrameSocket&) = delete;
    ~FrameSocket();

    const std::string& netdev() const { return netdev_; }
    const std::string& mac() const { return mac_; }

    void send(const Frame& frame, const std::string& to = everybody) const;

    /// Waits for the next one; nothing when none comes in time. A tag is found wherever the kernel keeps it: it takes
    /// the outermost out of the frame.
    std::optional<Frame> receive(std::chrono::milliseconds time) const;

  private:
    std::string netdev_;
    std::string mac_;
    int socket_;
};

} // namespace vifplug::test
