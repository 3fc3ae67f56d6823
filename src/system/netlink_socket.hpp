// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string>
#include <system_error>
#include <vector>

namespace vifplug {

template <auto Fn>
struct Call {
    template <class T>
    void operator()(T* p) const noexcept {
        Fn(p);
    }
};

using NetlinkMessage = std::unique_ptr<nl_msg, Call<nlmsg_free>>;

constexpr std::size_t size_for_few_attributes = 256; ///< a name and some numbers
constexpr std::size_t size_for_all_attributes = 4096;

/// A request of the type and flags given, with `header` as its fixed part. `size` is all that there will ever be room
/// for; what is not used of it is filled with zeros all the same, so it has its price. Throws std::bad_alloc.
template <class Header>
NetlinkMessage make_request(int type, int flags, const Header& header, std::size_t size = size_for_all_attributes);

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

    /// A change of several that the kernel refused.
    struct Refused {
        std::size_t which;
        std::error_code code;
        std::string detail;
    };

    /// Sends changes in order, as few writes as will do, and gives those that were refused: the others are made.
    /// Throws Error when the kernel cannot be talked to.
    std::vector<Refused> change_all(std::vector<NetlinkMessage> messages, const std::string& tried);

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

    void send_bytes(const std::vector<std::uint8_t>& bytes, const std::string& tried);
    void receive_refusals(std::uint32_t last, std::vector<Refused>& refused, const std::string& tried);

    static int take_refusal(sockaddr_nl* from, nlmsgerr* error, void* refusal);
    static int take_end(nl_msg* message, void* refusal);
    static int pass_on(nl_msg* message, void* on_message);

    void send(NetlinkMessage message, const std::string& tried);
    int receive(const std::string& tried, const OnMessage& on_message);

    std::unique_ptr<nl_sock, Call<nl_socket_free>> socket_;
    std::uint32_t first_number_ = 1; ///< of the next changes: answers to those before are told from theirs
    Refusal refusal_;                ///< written by libnl's callback while receive() runs
};

template <class Header>
NetlinkMessage make_request(int type, int flags, const Header& header, std::size_t size) {
    NetlinkMessage message(nlmsg_alloc_size(size));
    if (message && nlmsg_put(message.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) == nullptr)
        throw std::bad_alloc();
    Header copy = header;
    if (!message || nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO) < 0)
        throw std::bad_alloc();
    return message;
}

} // namespace vifplug
