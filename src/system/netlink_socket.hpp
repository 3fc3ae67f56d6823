// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string>

namespace vifplug {

template <auto Fn>
struct Call {
    template <class T>
    void operator()(T* p) const noexcept {
        Fn(p);
    }
};

using NetlinkMessage = std::unique_ptr<nl_msg, Call<nlmsg_free>>;

/// A request of the type and flags given, with `header` as its fixed part. Throws std::bad_alloc.
template <class Header>
NetlinkMessage make_request(int type, int flags, const Header& header);

/// One netlink socket that answers with the kernel's own errno and sentence. libnl folds several of each into one of
/// its own codes ("Unspecific failure"), so both are taken from the kernel's message before that happens.
class NetlinkSocket {
  public:
    using OnMessage = std::function<void(const nlmsghdr&)>;

    /// Throws Error.
    explicit NetlinkSocket(int protocol);
    NetlinkSocket(const NetlinkSocket&) = delete;
    NetlinkSocket& operator=(const NetlinkSocket&) = delete;
    ~NetlinkSocket() = default;

    /// Sends a change and waits until the kernel has made it. `tried` starts the Error that is thrown if it refuses.
    void change(NetlinkMessage message, const std::string& tried);

    /// Sends a question that has one answer. Throws Error when the kernel refuses.
    void ask(NetlinkMessage message, const std::string& tried, const OnMessage& on_message);

    /// Sends a question with a list for an answer. A list that changed while the kernel wrote it may be incomplete, so
    /// `start_over` is called and the question repeated, a few times; then Error. Never gives half a list.
    void dump(const std::function<NetlinkMessage()>& question, const std::string& tried,
              const std::function<void()>& start_over, const OnMessage& on_message);

  private:
    struct Refusal {
        int errno_value = 0;
        std::string detail;
    };

    static int take_refusal(sockaddr_nl* from, nlmsgerr* error, void* refusal);
    static int pass_on(nl_msg* message, void* on_message);

    void send(NetlinkMessage message, const std::string& tried);
    int receive(const std::string& tried, const OnMessage& on_message);

    std::unique_ptr<nl_sock, Call<nl_socket_free>> socket_;
    Refusal refusal_; ///< written by libnl's callback while receive() runs
};

template <class Header>
NetlinkMessage make_request(int type, int flags, const Header& header) {
    NetlinkMessage message(nlmsg_alloc_simple(type, NLM_F_REQUEST | flags));
    Header copy = header;
    if (!message || nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

} // namespace vifplug
